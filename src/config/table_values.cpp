#include "config/table_values.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "config/yaml_text.hpp"

namespace prs {
namespace {

struct DelimiterWord {
  std::string_view word;
  char delimiter;
};
constexpr std::array<DelimiterWord, 6> delimiter_words = {
    {{"tab", '\t'}, {"\\t", '\t'}, {"comma", ','}, {"semicolon", ';'}, {"space", ' '}, {"pipe", '|'}}};

/// Without case, '-' and '_', as Python looks them up.
struct EncodingName {
  std::string_view name;
  TextEncoding encoding;
};
constexpr std::array<EncodingName, 12> encoding_names = {{{"utf8", TextEncoding::utf8},
                                                          {"utf8sig", TextEncoding::utf8},
                                                          {"utf8bom", TextEncoding::utf8},
                                                          {"utf16", TextEncoding::utf16},
                                                          {"utf16le", TextEncoding::utf16_le},
                                                          {"utf16be", TextEncoding::utf16_be},
                                                          {"latin1", TextEncoding::latin1},
                                                          {"iso88591", TextEncoding::latin1},
                                                          {"ascii", TextEncoding::ascii},
                                                          {"usascii", TextEncoding::ascii},
                                                          {"windows1252", TextEncoding::windows_1252},
                                                          {"cp1252", TextEncoding::windows_1252}}};

struct TypeName {
  std::string_view name, settled;
};
/// First the settled names, then the others that pandas and MLTable have for the same. Those with a capital have
/// missing values, too.
constexpr std::size_t settled_types = 24;
constexpr std::array<TypeName, 32> type_names = {{
    {"int8", "int8"},
    {"int16", "int16"},
    {"int32", "int32"},
    {"int64", "int64"},
    {"uint8", "uint8"},
    {"uint16", "uint16"},
    {"uint32", "uint32"},
    {"uint64", "uint64"},
    {"float32", "float32"},
    {"float64", "float64"},
    {"bool", "bool"},
    {"str", "str"},
    {"datetime64[ns]", "datetime64[ns]"},
    {"category", "category"},
    {"Int8", "Int8"},
    {"Int16", "Int16"},
    {"Int32", "Int32"},
    {"Int64", "Int64"},
    {"UInt8", "UInt8"},
    {"UInt16", "UInt16"},
    {"UInt32", "UInt32"},
    {"UInt64", "UInt64"},
    {"Float32", "Float32"},
    {"Float64", "Float64"},
    {"int", "int64"},
    {"float", "float64"},
    {"boolean", "bool"},
    {"string", "str"},
    {"object", "str"},
    {"datetime", "datetime64[ns]"},
    {"datetime64", "datetime64[ns]"},
    {"categorical", "category"},
}};

template <class Enum>
std::vector<std::string> names_up_to(Enum last) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.emplace_back(name_of(static_cast<Enum>(i)));
  return names;
}
const std::vector<std::string> encodings = names_up_to(TextEncoding::windows_1252);
const std::vector<std::string> headers = names_up_to(HeaderMode::all_files_different_headers);
const std::vector<std::string> on_type_errors = names_up_to(OnTypeError::null);

std::vector<std::string> names_of_types(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.emplace_back(type_names[i].name);
  return names;
}

/// One character that can stand between fields: any below 0x80 but a quote and a line break.
bool can_delimit(std::string_view text) {
  return text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 &&
         std::string_view("\"\r\n").find(text[0]) == std::string_view::npos;
}

std::string plain_name(const std::string& encoding) {
  std::string name;
  for (const char c : lower_case(encoding))
    if (c != '-' && c != '_') name += c;
  return name;
}

/// What is wrong with a partition format's braces; empty where nothing is.
std::string flaw_of_braces(std::string_view format) {
  for (std::size_t at = format.find_first_of("{}"); at != format.npos; at = format.find_first_of("{}", at + 1)) {
    if (format[at] == '}') return "a '}' without a '{' before it";
    const std::size_t end = format.find_first_of("{}", at + 1);
    if (end == format.npos || format[end] == '{') return "a '{' without a '}' behind it";
    const std::string_view inner = format.substr(at + 1, end - at - 1);
    if (inner.empty() || inner[0] == ':') return "braces without a key";
    if (inner.back() == ':') return "a key with an empty form of a date";
    if (inner.find('/') < inner.find(':')) return "a key with a '/'";
    at = end;
  }
  return "";
}

}  // namespace

const std::string allowed_delimiters =
    "one character below 0x80 but a quote or line break, or tab, comma, semicolon, "
    "space or pipe";
const std::string allowed_encodings = joined(encodings, " or ");
const std::vector<std::string> header_words = headers, on_type_error_words = on_type_errors;
const std::string allowed_headers = joined(headers, " or ") + ", true for the first of these, false for no_header";
const std::string allowed_on_type_errors = joined(on_type_errors, " or ");
const std::string allowed_columns = "a list of different names";
const std::string allowed_types = joined(names_of_types(settled_types), " or ");
const std::string allowed_dtypes = "a mapping of columns and types: " + allowed_types;
const std::string allowed_partition_formats = "folders and a file's name with {key}, {key:yyyy/MM/dd}, * and **";

std::optional<char> read_delimiter(ReadContext& context, const Field& field) {
  if (field.value.is_scalar()) {
    const std::string& text = field.value.text;
    if (can_delimit(text)) return text[0];
    for (const DelimiterWord& known : delimiter_words)
      if (text == known.word) return known.delimiter;
  }
  refuse(context, field);
  return std::nullopt;
}

std::optional<TextEncoding> read_encoding(ReadContext& context, const Field& field) {
  const std::string name = field.value.is_scalar() ? plain_name(field.value.text) : "";
  for (const EncodingName& known : encoding_names)
    if (name == known.name) return known.encoding;
  refuse_choice(context, field, encodings);
  return std::nullopt;
}

std::optional<HeaderMode> read_header(ReadContext& context, const Field& field) {
  const std::string word = field.value.is_plain ? lower_case(field.value.text) : "";
  if (word == "true") return HeaderMode::all_files_same_headers;
  if (word == "false") return HeaderMode::no_header;
  const auto choice = read_choice(context, field, headers);
  if (!choice) return std::nullopt;
  return static_cast<HeaderMode>(*choice);
}

std::optional<OnTypeError> read_on_type_error(ReadContext& context, const Field& field) {
  if (field.value.is_null()) return OnTypeError::null;
  const auto choice = read_choice(context, field, on_type_errors);
  if (!choice) return std::nullopt;
  return static_cast<OnTypeError>(*choice);
}

std::optional<std::vector<std::string>> read_columns(ReadContext& context, const Field& field) {
  std::vector<std::string> columns;
  if (field.value.is_scalar()) {
    columns.push_back(field.value.text);
  } else if (auto texts = read_texts(context, field)) {
    columns = std::move(*texts);
  } else {
    return std::nullopt;
  }
  std::set<std::string_view> seen;
  for (const std::string& column : columns) {
    if (seen.insert(column).second) continue;
    refuse(context, field, "a list with " + in_quotes(column) + " doubled");
    return std::nullopt;
  }
  if (!columns.empty()) return columns;
  refuse(context, field, "an empty list");
  return std::nullopt;
}

std::optional<std::string> read_dtype(ReadContext& context, const Field& field) {
  if (field.value.is_scalar())
    for (const TypeName& known : type_names)
      if (field.value.text == known.name) return std::string(known.settled);
  refuse_choice(context, field, names_of_types(type_names.size()));
  return std::nullopt;
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_dtypes(ReadContext& context, const Field& field) {
  if (!field.value.is_mapping()) {
    refuse(context, field);
    return std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> dtypes;
  for (const YamlEntry& entry : field.value.entries) {
    if (entry.value.is_null()) continue;
    if (const auto type = read_dtype(context, {field.name + "." + entry.key, allowed_types, entry.value}))
      dtypes.emplace_back(entry.key, *type);
  }
  return dtypes;
}

std::optional<std::string> read_dataset(ReadContext& context, const Field& field) {
  auto path = read_text(context, field);
  if (!path || !path->empty()) return path;
  refuse(context, field, "empty");
  return std::nullopt;
}

std::optional<std::string> read_partition_format(ReadContext& context, const Field& field) {
  const auto format = read_text(context, field);
  if (!format) return std::nullopt;
  const std::string flaw = format->empty() ? "empty" : flaw_of_braces(*format);
  if (flaw.empty()) return format;
  refuse(context, field, format->empty() ? flaw : in_quotes(*format) + ", which has " + flaw);
  return std::nullopt;
}

}  // namespace prs
