#pragma once

#include <functional>
#include <string>

#include "config/option_table.hpp"
#include "config/values.hpp"

namespace prs {

/// Goes through a mapping by the option table: unknown keys are noted with the nearest known one (rule 2.6), those that
/// this version does not have are refused by name, null ones are skipped (rule 2.3); `read` gets the others.
/// `within` names the mapping in messages. False where the value is no mapping, which is then noted.
bool read_section(ReadContext& context, Section section, const std::string& within, const YamlValue& mapping,
                  const std::function<void(const Option&, const YamlEntry&)>& read);

/// Notes each required key that is missing or null.
void note_missing_keys(ReadContext& context, Section section, const std::string& within, const YamlValue& mapping);

/// Reads the keys of `parallel_run_config`, which stand in `mapping`, and checks them.
ParallelRunConfig read_parallel_run_config(ReadContext& context, const YamlValue& mapping);

/// With each default filled in that the configuration itself knows; what comes from the world stays empty.
ParallelRunConfig with_defaults(ParallelRunConfig config);

/// The mapping of a v1 file: its one top mapping, or its bare keys (rule 2.1). What is no v1 file is a mistake and
/// nullptr.
const YamlValue* v1_mapping(const YamlValue& root, Notes& notes);
/// Notes a v2 file by name; false where it is none.
bool refuse_v2(const YamlValue& root, Notes& notes);

}  // namespace prs
