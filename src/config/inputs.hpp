#pragma once

#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

/// What `type` and `format` may be, for messages and for the option table.
extern const std::vector<std::string> input_types;
extern const std::vector<std::string> input_formats;

/// Reads `inputs` (rules 2.2, 3.2): what each is, its keys, the MLTable file that it names, and whether all are of one
/// type.
void read_inputs(ReadContext& context, const Field& field, RunConfig& config);

/// The lines of one input, as a file has them. For one that an MLTable file describes, comments say what was read
/// there.
std::string input_text(const InputConfig& input, const std::string& indent);

/// The formats as the configuration names them.
std::vector<std::string> format_names(const std::vector<TableFormat>& formats);
/// The same as one text: "csv, tsv, delimited, parquet".
std::string format_words(const std::vector<TableFormat>& formats);

}  // namespace prs
