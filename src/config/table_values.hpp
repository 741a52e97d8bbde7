#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/values.hpp"
#include "model/table_options.hpp"

namespace prs {

/// The values of a table's keys, natively and in MLTable files. Each reads one value, or reports what is wrong with it
/// and gives nothing. What is allowed is said by the functions below.
std::optional<char> read_delimiter(ReadContext& context, const Field& field);
std::optional<TextEncoding> read_encoding(ReadContext& context, const Field& field);
std::optional<HeaderMode> read_header(ReadContext& context, const Field& field);
/// YAML's own null says `null` here.
std::optional<OnTypeError> read_on_type_error(ReadContext& context, const Field& field);
/// Different names; a single text counts as a list of one.
std::optional<std::vector<std::string>> read_columns(ReadContext& context, const Field& field);
/// pandas' name of a type in the spelling that TableOptions has: "float" is "float64".
std::optional<std::string> read_dtype(ReadContext& context, const Field& field);
/// Column → type, in the order as written; null types are absent.
std::optional<std::vector<std::pair<std::string, std::string>>> read_dtypes(ReadContext& context, const Field& field);
/// A path within an HDF5 file.
std::optional<std::string> read_dataset(ReadContext& context, const Field& field);
/// A partition format whose braces are in order: each holds a key, or a key, a colon and the form of a date.
std::optional<std::string> read_partition_format(ReadContext& context, const Field& field);

/// What editors offer.
extern const std::vector<std::string> header_words, on_type_error_words;
extern const std::string allowed_delimiters, allowed_encodings, allowed_headers, allowed_on_type_errors,
    allowed_columns, allowed_types, allowed_dtypes, allowed_partition_formats;

}  // namespace prs
