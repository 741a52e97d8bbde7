// The keys that say what an input is, and what the files of a table are (rules 2.2, 3.2 to 3.6).
#include <algorithm>
#include <type_traits>

#include "config/inputs.hpp"
#include "config/option_groups.hpp"
#include "config/table_values.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Formats = std::vector<TableFormat>;
const Formats delimited = {TableFormat::delimited};
const Formats text = {TableFormat::delimited, TableFormat::json_lines};
const Formats with_types_of_ours = {TableFormat::delimited, TableFormat::json_lines, TableFormat::parquet};
const Formats any_table = {TableFormat::delimited, TableFormat::json_lines, TableFormat::parquet, TableFormat::hdf5};
const Formats hdf5 = {TableFormat::hdf5};

template <class Value>
using Read = std::optional<Value> (*)(ReadContext&, const Field&);

bool fits(const Formats& formats, const InputConfig& input) {
  return input.table && std::find(formats.begin(), formats.end(), input.table->format) != formats.end();
}

// A delimiter, an encoding or a path has more spellings than a schema should list.
template <class Value>
std::string schema_of(std::type_identity<Value>) {
  return name_schema();
}
std::string schema_of(std::type_identity<bool>) {
  return boolean_schema();
}
std::string schema_of(std::type_identity<HeaderMode>) {
  return choice_or_boolean_schema(header_words);
}
std::string schema_of(std::type_identity<OnTypeError>) {
  return choice_schema(on_type_error_words);
}
std::string schema_of(std::type_identity<std::vector<std::string>>) {
  return texts_schema();
}
std::string schema_of(std::type_identity<std::vector<std::pair<std::string, std::string>>>) {
  return mapping_schema();
}

/// The key of a member of TableOptions. It is written where it fits the format.
template <class Value>
Option table_option(const Formats& formats, Words words, const std::string& allowed, Value TableOptions::*member,
                    Read<Value> read, std::string (*text_of)(const Value&)) {
  Option made =
      option("An input", std::move(words),
             Codec<InputConfig>{allowed,
                                [=](ReadContext& context, const Field& field, InputConfig& input) {
                                  const auto value = read(context, field);
                                  if (value && input.table) (*input.table).*member = *value;
                                },
                                [=](const InputConfig& input, const TextPlace&) {
                                  return fits(formats, input) ? text_of((*input.table).*member) : std::string();
                                },
                                schema_of(std::type_identity<Value>())});
  made.fits = formats;
  return made;
}

std::string boolean_text(const bool& value) {
  return value ? "true" : "false";
}
template <class Enum>
std::string name_text(const Enum& value) {
  return yaml_scalar(std::string(name_of(value)));
}
std::string columns_text(const std::vector<std::string>& columns) {
  return columns.empty() ? "" : yaml_list(columns);
}
std::string dtypes_text(const std::vector<std::pair<std::string, std::string>>& dtypes) {
  return dtypes.empty() ? "" : yaml_mapping(dtypes);
}

/// `type` and `format` are read before all other keys: see read_inputs().
Codec<InputConfig> kind_codec(const std::vector<std::string>& words, std::string (*text_of)(const InputConfig&)) {
  return {joined(words, " or "), [](ReadContext&, const Field&, InputConfig&) {},
          [=](const InputConfig& input, const TextPlace&) { return text_of(input); }, choice_schema(words)};
}

std::string type_text(const InputConfig& input) {
  if (!input.mltable.empty()) return "mltable";
  return input.table ? "tabular" : "files";
}

std::string format_text(const InputConfig& input) {
  return input.table && input.mltable.empty() ? std::string(name_of(input.table->format)) : "";
}

Option delimiter_option() {
  Option made = table_option<char>(delimited,
                                   {"delimiter", "text", default_words("',', for tsv a tab"),
                                    "What stands between fields; also named separator.", "\",\""},
                                   allowed_delimiters, &TableOptions::delimiter, read_delimiter,
                                   [](const char& delimiter) { return yaml_scalar(std::string(1, delimiter)); });
  made.alias = "separator";
  return made;
}

std::vector<Option> options_of_text() {
  return {delimiter_option(),
          table_option<TextEncoding>(
              text,
              {"encoding", "choice", default_value("utf-8"),
               "How characters are bytes, in any spelling that pandas knows; utf-8 may begin with a byte order mark.",
               "utf-8"},
              allowed_encodings, &TableOptions::encoding, read_encoding, name_text<TextEncoding>),
          table_option<HeaderMode>(delimited,
                                   {"header", "choice", default_value("all_files_same_headers"),
                                    "Which files begin with the names of the columns."},
                                   allowed_headers, &TableOptions::header, read_header, name_text<HeaderMode>),
          table_option<bool>(delimited,
                             {"support_multi_line", "boolean", default_value("false"),
                              "Whether a field in quotes may have line breaks."},
                             allowed_booleans, &TableOptions::support_multi_line, read_boolean, boolean_text),
          table_option<bool>(delimited,
                             {"empty_as_string", "boolean", default_value("false"),
                              "Whether an empty field is an empty text, and not a missing value."},
                             allowed_booleans, &TableOptions::empty_as_string, read_boolean, boolean_text)};
}

std::vector<Option> options_of_columns() {
  Option on_type_error = table_option<OnTypeError>(
      with_types_of_ours,
      {"on_type_error", "choice", default_value("fail"),
       "What becomes of a value that does not fit its column's type: its try fails, or "
       "the value is missing."},
      allowed_on_type_errors, &TableOptions::on_type_error, read_on_type_error, name_text<OnTypeError>);
  on_type_error.takes_null = true;
  return {table_option<bool>(any_table,
                             {"include_path_column", "boolean", default_value("false"),
                              "Whether a column named Path has the path of each row's file."},
                             allowed_booleans, &TableOptions::include_path_column, read_boolean, boolean_text),
          table_option<std::vector<std::string>>(
              any_table,
              {"columns", "list", default_words("all"), "The columns that the script gets.", "[store, sold, price]"},
              allowed_columns, &TableOptions::columns, read_columns, columns_text),
          table_option<std::vector<std::pair<std::string, std::string>>>(
              with_types_of_ours,
              {"dtypes", "mapping", default_words("settled from a sample at the start"),
               "Types of columns, by pandas' names.", "{store: str, sold: int64, day: \"datetime64[ns]\"}"},
              allowed_dtypes, &TableOptions::dtypes, read_dtypes, dtypes_text),
          on_type_error,
          table_option<std::string>(hdf5,
                                    {"dataset", "text", default_words("the only dataset or group with columns"),
                                     "The dataset, or the group of columns, within each file.", "/measurements"},
                                    "text", &TableOptions::dataset, read_dataset, [](const std::string& dataset) {
                                      return dataset.empty() ? "" : yaml_scalar(dataset);
                                    })};
}

Option partition_format_option() {
  return option("An input",
                {"partition_format", "text", default_words("none: folders named key=value"),
                 "Which parts of the paths below the input's own folder are keys.",
                 "\"{state}/{store}/{date:yyyy/MM/dd}/*.csv\""},
                Codec<InputConfig>{allowed_partition_formats,
                                   [](ReadContext& context, const Field& field, InputConfig& input) {
                                     if (const auto format = read_partition_format(context, field))
                                       input.partition_format = *format;
                                   },
                                   [](const InputConfig& input, const TextPlace&) {
                                     return input.partition_format.empty() ? std::string()
                                                                           : yaml_scalar(input.partition_format);
                                   },
                                   name_schema()});
}

}  // namespace

std::vector<Option> table_options() {
  std::vector<Option> table = {
      option("An input",
             {"type", "choice", default_words("files, or tabular where a format is given"),
              "What an item is: a file, or a row of a table; mltable reads the MLTable file that the path names.",
              "files"},
             kind_codec(input_types, type_text)),
      option("An input",
             {"format", "choice", default_words("none: each file is an item"), "What the files of a table are.", "csv"},
             kind_codec(input_formats, format_text))};
  for (const auto& group : {options_of_text(), options_of_columns()})
    table.insert(table.end(), group.begin(), group.end());
  table.push_back(partition_format_option());
  return table;
}

}  // namespace prs
