#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "config/paths.hpp"
#include "config/yaml_text.hpp"
#include "model/row_format.hpp"
#include "model/run_folder.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The number without a sign, nullopt beyond 2147483647.
std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char c : digits) {
    number = number * 10 + (c - '0');
    if (number > largest_integer) return std::nullopt;
  }
  return number;
}

/// Octal in YAML 1.1, decimal in YAML 1.2: nobody can tell what was meant.
bool has_leading_zero(std::string_view digits) {
  return digits.size() > 1 && digits[0] == '0';
}

void refuse_leading_zero(ReadContext& context, const Field& field) {
  refuse(context, field, found_text(field.value) + ", which begins with 0 and may be meant as octal");
}

struct Unit {
  const char* name;
  int steps;
};
constexpr Unit units[] = {{"b", 0}, {"kb", 1}, {"mb", 2}, {"gb", 3}, {"tb", 4}};

}  // namespace

std::string found_text(const YamlValue& value) {
  switch (value.kind) {
    case YamlValue::Kind::null:
      return "null";
    case YamlValue::Kind::scalar:
      return in_quotes(value.text);
    case YamlValue::Kind::sequence:
      return "a list";
    case YamlValue::Kind::mapping:
      return "a mapping";
  }
  return "";
}

void refuse(ReadContext& context, const Field& field, const std::string& reason) {
  context.notes.mistake(field.value.place, field.name + " is " + reason + "; allowed: " + field.allowed);
}

void refuse(ReadContext& context, const Field& field) {
  refuse(context, field, found_text(field.value));
}

std::string nearest_hint(std::string_view name, const std::vector<std::string>& known) {
  if (const auto nearest = nearest_name(name, known)) return "; did you mean '" + *nearest + "'?";
  if (known.empty()) return "; there are none";
  const std::vector<std::string> shown(known.begin(), known.begin() + std::min<std::ptrdiff_t>(50, std::ssize(known)));
  return "; allowed: " + joined(shown) + (shown.size() < known.size() ? " …" : "");
}

std::string nearest_file_hint(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr std::size_t most_looked_at = 500;
  std::vector<std::string> names;
  std::error_code error;
  const fs::path missing(path);
  fs::directory_iterator file(missing.parent_path(), error);
  for (; !error && file != fs::directory_iterator() && names.size() < most_looked_at; file.increment(error))
    names.push_back(file->path().filename().string());
  const auto nearest = nearest_name(missing.filename().string(), names);
  return nearest ? "; did you mean '" + *nearest + "'?" : "";
}

bool is_usable_name(ReadContext& context, const SourcePlace& place, const std::string& what, const std::string& name) {
  if (!name.empty() && name.size() <= 255) return true;
  context.notes.mistake(place, what + " is " + in_quotes(name) + "; allowed: 1 to 255 bytes");
  return false;
}

std::optional<std::int64_t> read_integer(ReadContext& context, const Field& field, std::int64_t least) {
  if (field.value.is_scalar()) {
    std::string_view digits = field.value.text;
    const bool is_negative = digits.starts_with("-");
    if (is_negative || digits.starts_with("+")) digits.remove_prefix(1);
    if (is_digits(digits)) {
      if (has_leading_zero(digits)) {
        refuse_leading_zero(context, field);
        return std::nullopt;
      }
      if (const auto number = number_of(digits))
        if (const std::int64_t value = is_negative ? -*number : *number; value >= least) return value;
    }
  }
  refuse(context, field);
  return std::nullopt;
}

std::optional<double> read_number(ReadContext& context, const Field& field, const NumberRange& range) {
  if (field.value.is_scalar()) {
    std::string_view text = field.value.text;
    if (text.starts_with("+")) text.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
    const bool is_enough = range.is_least_allowed ? number >= range.least : number > range.least;
    if (is_number && has_leading_zero(text) && is_digits(text)) {
      refuse_leading_zero(context, field);
      return std::nullopt;
    }
    if (is_number && is_enough && number <= range.most) return number == 0 ? 0.0 : number;
  }
  refuse(context, field);
  return std::nullopt;
}

std::optional<bool> read_boolean(ReadContext& context, const Field& field) {
  if (field.value.is_scalar() && field.value.is_plain) {
    const std::string text = lower_case(field.value.text);
    for (const char* word : {"true", "yes", "on"})
      if (text == word) return true;
    for (const char* word : {"false", "no", "off"})
      if (text == word) return false;
  }
  refuse(context, field);
  return std::nullopt;
}

std::optional<std::string> read_text(ReadContext& context, const Field& field) {
  if (field.value.is_scalar()) return field.value.text;
  refuse(context, field);
  return std::nullopt;
}

void refuse_choice(ReadContext& context, const Field& field, const std::vector<std::string>& choices) {
  if (context.notes.is_full()) return;
  const auto nearest = field.value.is_scalar() ? nearest_name(field.value.text, choices) : std::nullopt;
  context.notes.mistake(field.value.place, field.name + " is " + found_text(field.value) + "; allowed: " +
                                               field.allowed + (nearest ? "; did you mean '" + *nearest + "'?" : ""));
}

std::optional<std::size_t> read_choice(ReadContext& context, const Field& field,
                                       const std::vector<std::string>& choices) {
  const std::string text = lower_case(field.value.text);
  for (std::size_t i = 0; field.value.is_scalar() && i < choices.size(); ++i)
    if (text == lower_case(choices[i])) return i;
  refuse_choice(context, field, choices);
  return std::nullopt;
}

std::optional<MiniBatchSize> read_mini_batch_size(ReadContext& context, const Field& field) {
  const std::string text = field.value.is_scalar() ? lower_case(field.value.text) : "";
  const std::size_t digits_end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string digits = text.substr(0, digits_end);
  std::string unit = text.substr(std::min(text.find_first_not_of(' ', digits_end), text.size()));
  unit.erase(unit.find_last_not_of(' ') + 1);
  const auto number = number_of(digits);
  if (has_leading_zero(digits)) {
    refuse_leading_zero(context, field);
    return std::nullopt;
  }
  if (is_digits(digits) && number && *number > 0) {
    if (unit.empty()) return MiniBatchSize{static_cast<std::uint64_t>(*number), false};
    for (const Unit& known : units)
      if (unit == known.name && *number <= (largest_integer << 32) >> (10 * known.steps))
        return MiniBatchSize{static_cast<std::uint64_t>(*number) << (10 * known.steps), true};
  }
  refuse(context, field);
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(ReadContext& context, const Field& field) {
  if (!field.value.is_sequence()) {
    refuse(context, field);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  bool is_whole = true;
  for (std::size_t i = 0; i < field.value.items.size(); ++i) {
    const YamlValue& item = field.value.items[i];
    if (item.is_scalar()) {
      texts.push_back(item.text);
      continue;
    }
    is_whole = false;
    refuse(context, {field.name + ", item " + std::to_string(i + 1) + ",", "text, and \"\" for an empty one", item});
  }
  if (!is_whole) return std::nullopt;
  return texts;
}

std::optional<std::map<std::string, std::string>> read_text_mapping(ReadContext& context, const Field& field) {
  if (!field.value.is_mapping()) {
    refuse(context, field);
    return std::nullopt;
  }
  std::map<std::string, std::string> texts;
  for (const YamlEntry& entry : field.value.entries) {
    if (!is_usable_name(context, entry.key_place, "a name in " + field.name, entry.key) || entry.value.is_null())
      continue;
    if (const auto text = read_text(context, {field.name + "." + entry.key, "text or a number", entry.value}))
      texts[entry.key] = *text;
  }
  return texts;
}

std::optional<std::vector<std::string>> read_partition_keys(ReadContext& context, const Field& field) {
  std::vector<std::string> keys;
  if (field.value.is_scalar()) {
    const auto json = nlohmann::json::parse(field.value.text, nullptr, false);
    const bool is_list =
        json.is_array() && std::all_of(json.begin(), json.end(), [](const auto& item) { return item.is_string(); });
    if (!is_list) {
      refuse(context, field);
      return std::nullopt;
    }
    keys = json.get<std::vector<std::string>>();
  } else {
    auto texts = read_texts(context, field);
    if (!texts) return std::nullopt;
    keys = std::move(*texts);
  }
  std::vector<std::string> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  const bool is_doubled = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
  const bool has_nul =
      std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.find('\0') != key.npos; });
  if (keys.empty() || is_doubled || sorted.front().empty() || has_nul) {
    refuse(context, field,
           keys.empty() ? "an empty list"
           : is_doubled ? "a list with a doubled key"
                        : "a list with an unusable key");
    return std::nullopt;
  }
  return keys;
}

std::string row_file_endings_text() {
  std::vector<std::string> endings;
  endings.reserve(row_file_endings.size());
  for (const RowFileEnding& known : row_file_endings) endings.emplace_back(known.ending);
  return joined(endings);
}

std::optional<std::string> read_row_file_name(ReadContext& context, const Field& field) {
  const auto name = read_text(context, field);
  if (!name) return std::nullopt;
  for (const std::string_view ours : RunFolder::own_names) {
    if (*name != ours) continue;
    refuse(context, field, in_quotes(*name) + ", which the run folder uses itself");
    return std::nullopt;
  }
  const bool has_control =
      std::any_of(name->begin(), name->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (name->empty() || name->size() > 200 || *name == "." || name->find("..") != std::string::npos || has_control ||
      name->find_first_of("~\"#%&*:<>?/\\{}|") != std::string::npos) {
    refuse(context, field);
    return std::nullopt;
  }
  return name;
}

bool is_address(std::string_view path) {
  return path.find("://") != std::string_view::npos || path.starts_with("azureml:");
}

std::optional<std::string> read_expanded(ReadContext& context, const Field& field) {
  const auto text = read_text(context, field);
  if (!text) return std::nullopt;
  auto path = expanded_path(*text, field.value.place, context.notes);
  if (path && path->empty()) {
    refuse(context, field, "empty");
    return std::nullopt;
  }
  if (path && is_address(*path)) {
    refuse(context, field, found_text(field.value) + ", an address that this version cannot read");
    return std::nullopt;
  }
  return path;
}

bool may_read_further(ReadContext& context, const Field& path, const std::string& file) {
  constexpr std::uint64_t least = 4096;  // what an empty file costs in time
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  const std::uint64_t bytes = error ? least : std::max<std::uint64_t>(size, least);
  if (bytes > context.further_bytes_left) {
    refuse(context, path, found_text(path.value) + ", and all files that a configuration names have more than 16 MiB");
    return false;
  }
  context.further_bytes_left -= bytes;
  return true;
}

std::optional<PathRead> read_path(ReadContext& context, const Field& field) {
  const auto path = read_expanded(context, field);
  if (!path) return std::nullopt;
  return PathRead{absolute_path(context.notes.source_of(field.value.place).folder, *path), !path->starts_with("/")};
}

}  // namespace prs
