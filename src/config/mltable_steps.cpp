#include "config/mltable_steps.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "config/section.hpp"
#include "config/table_values.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One step of `transformations`: its name, with its place, and its value.
struct Step {
  const YamlEntry& entry;
  const std::string& name() const { return entry.key; }
};

void refuse_by_name(ReadContext& context, const SourcePlace& place, const std::string& what, const Names& allowed) {
  if (!context.notes.is_full())
    context.notes.mistake(place, what + " is not supported by this version; allowed: " + joined(allowed));
}

// read_…: the format, and keys that an input has natively under the same names.

struct Reading {
  const char* step;
  TableFormat format;
};
constexpr Reading readings[] = {{"read_delimited", TableFormat::delimited},
                                {"read_json_lines", TableFormat::json_lines},
                                {"read_parquet", TableFormat::parquet}};
const Names native_keys = {"delimiter",          "encoding",        "header",
                           "support_multi_line", "empty_as_string", "include_path_column"};

/// A key with one value that is what happens here anyway.
struct FixedKey {
  const char* key;
  const char* value;
};
constexpr FixedKey fixed_keys[] = {{"infer_column_types", "true"}, {"path_column", "Path"}, {"invalid_lines", "error"}};
/// How Azure's own reader cuts its work: here mini_batch_size says it.
constexpr const char* ignored_key = "partition_size";

bool is_native_key(const Option* option, TableFormat format) {
  return option && contains(native_keys, option->key) &&
         std::find(option->fits.begin(), option->fits.end(), format) != option->fits.end();
}

/// True where the key is one of those with a fixed value.
bool check_fixed_key(ReadContext& context, const std::string& within, const YamlEntry& entry) {
  for (const FixedKey& fixed : fixed_keys) {
    if (entry.key != fixed.key) continue;
    if (lower_case(entry.value.text) != lower_case(fixed.value))
      refuse(context, {within + "." + entry.key, fixed.value, entry.value},
             found_text(entry.value) + ", which is not supported by this version");
    return true;
  }
  return entry.key == ignored_key;
}

Names keys_of_reading(TableFormat format) {
  Names keys;
  for (const std::string& key : native_keys)
    if (is_native_key(find_option(Section::input, key), format)) keys.push_back(key);
  return keys;
}

void read_reading(ReadContext& context, const Step& step, TableFormat format, InputConfig& input) {
  input.table.emplace().format = format;
  if (step.entry.value.is_null()) return;
  if (!step.entry.value.is_mapping())
    return refuse(context,
                  {step.name(), "a mapping with the keys " + joined(keys_of_reading(format)), step.entry.value});
  for (const YamlEntry& entry : step.entry.value.entries) {
    if (entry.value.is_null()) continue;
    const Option* option = find_option(Section::input, entry.key);
    if (is_native_key(option, format))
      access_of<InputConfig>(*option).read(context, {step.name() + "." + entry.key, option->allowed, entry.value},
                                           input);
    else if (!check_fixed_key(context, step.name(), entry))
      refuse_by_name(context, entry.key_place, "the key " + in_quotes(entry.key) + " in " + step.name(),
                     keys_of_reading(format));
  }
}

// keep_columns, drop_columns: each says something of what the steps before it have left.

using NameSet = std::set<std::string, std::less<>>;

void keep_columns(ReadContext& context, const Step& step, TableOptions& table) {
  const auto columns = read_columns(context, {step.name(), allowed_columns, step.entry.value});
  if (!columns) return;
  const NameSet kept(table.columns.begin(), table.columns.end());
  const NameSet dropped(table.dropped_columns.begin(), table.dropped_columns.end());
  for (const std::string& column : *columns) {
    if (!dropped.contains(column) && (kept.empty() || kept.contains(column))) continue;
    return refuse(context, {step.name(), "columns that the steps before have left", step.entry.value},
                  "a list with " + in_quotes(column) + ", which an earlier step takes away");
  }
  table.columns = *columns;
  table.dropped_columns.clear();
}

void drop_columns(ReadContext& context, const Step& step, TableOptions& table) {
  const auto columns = read_columns(context, {step.name(), allowed_columns, step.entry.value});
  if (!columns) return;
  if (table.columns.empty()) {
    const NameSet dropped(table.dropped_columns.begin(), table.dropped_columns.end());
    for (const std::string& column : *columns)
      if (!dropped.contains(column)) table.dropped_columns.push_back(column);
    return;
  }
  const NameSet gone(columns->begin(), columns->end());
  std::erase_if(table.columns, [&](const std::string& column) { return gone.contains(column); });
  if (table.columns.empty())
    refuse(context, {step.name(), "columns of which one is left", step.entry.value},
           "a list of all columns that are kept");
}

// convert_column_types

/// Forms of a date that are ISO 8601, and so are read without being told.
bool is_iso_form(const std::string& form) {
  static const Names dates = {"%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"};
  static const Names times = {"", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f"};
  for (const std::string& date : dates)
    for (const std::string& time : times)
      for (const char* between : {" ", "T"})
        for (const char* zone : {"", "Z", "%z"})
          if (form == (time.empty() ? date : date + between + time + zone)) return true;
  return false;
}

/// "datetime: {formats: […]}"; no other type has options that are supported.
std::optional<std::string> read_type_with_options(ReadContext& context, const YamlValue& value) {
  const YamlEntry& type = value.entries[0];
  const YamlValue named = YamlValue::scalar_at(type.key_place, type.key);
  const auto dtype = read_dtype(context, {"column_type", allowed_types, named});
  if (!dtype || type.value.is_null()) return dtype;
  if (!type.value.is_mapping()) {
    refuse(context, {"column_type." + type.key, "a mapping", type.value});
    return std::nullopt;
  }
  for (const YamlEntry& option : type.value.entries) {
    if (type.key != "datetime" || option.key != "formats") {
      refuse_by_name(context, option.key_place, "the key " + in_quotes(option.key) + " of the type " + type.key,
                     {"formats of datetime"});
      return std::nullopt;
    }
    const auto forms = read_columns(context, {"formats", "a list of different forms of a date", option.value});
    for (const std::string& form : forms.value_or(Names{}))
      if (!is_iso_form(form))
        refuse_by_name(context, option.value.place, "the form of a date " + in_quotes(form),
                       {"those of ISO 8601, as '%Y-%m-%d' and '%Y-%m-%d %H:%M:%S'"});
  }
  return dtype;
}

std::optional<std::string> read_column_type(ReadContext& context, const YamlValue& value) {
  if (value.is_mapping() && value.entries.size() == 1) return read_type_with_options(context, value);
  return read_dtype(context, {"column_type", allowed_types, value});
}

/// Of several types of a column the last one holds.
void settle_dtypes(TableOptions& table) {
  std::set<std::string> seen;
  std::vector<std::pair<std::string, std::string>> settled;
  for (auto type = table.dtypes.rbegin(); type != table.dtypes.rend(); ++type)
    if (seen.insert(type->first).second) settled.push_back(std::move(*type));
  table.dtypes.assign(std::make_move_iterator(settled.rbegin()), std::make_move_iterator(settled.rend()));
}

void convert_columns(ReadContext& context, const Step& step, TableOptions& table) {
  const std::string allowed = "a list of mappings with the keys columns and column_type";
  if (!step.entry.value.is_sequence()) return refuse(context, {step.name(), allowed, step.entry.value});
  for (const YamlValue& item : step.entry.value.items) {
    const YamlValue* columns = item.find("columns");
    const YamlValue* type = item.find("column_type");
    if (!columns || !type || item.entries.size() != 2) {
      refuse(context, {step.name(), allowed, item});
      continue;
    }
    const auto names = read_columns(context, {step.name() + ": columns", allowed_columns, *columns});
    const auto dtype = read_column_type(context, *type);
    if (!names || !dtype) continue;
    for (const std::string& name : *names) table.dtypes.emplace_back(name, *dtype);
  }
}

void extract_columns(ReadContext& context, const Step& step, InputConfig& input) {
  const YamlValue* format = &step.entry.value;
  if (format->is_mapping() && format->entries.size() == 1 && format->find("partition_format"))
    format = format->find("partition_format");
  if (const auto text = read_partition_format(context, {step.name(), allowed_partition_formats, *format}))
    input.partition_format = *text;
}

/// Each step may cost a look at all columns; without an end of them, a file could be built that is never read
/// (rule 2.6).
constexpr std::size_t most_steps = 100;

const Names step_names = {"read_delimited",
                          "read_json_lines",
                          "read_parquet",
                          "keep_columns",
                          "drop_columns",
                          "convert_column_types",
                          "extract_columns_from_partition_format"};

void note_no_reading(ReadContext& context, const Step& step) {
  context.notes.mistake(step.entry.key_place, step.name() + " stands before any read_ step; allowed: behind one of " +
                                                  joined({"read_delimited", "read_json_lines", "read_parquet"}));
}

/// False where the step is not one of ours, or stands in the wrong place.
bool read_step(ReadContext& context, const Step& step, InputConfig& input) {
  for (const Reading& reading : readings) {
    if (step.name() != reading.step) continue;
    if (input.table)
      context.notes.mistake(step.entry.key_place, step.name() + " is a second read_ step; allowed: one");
    else
      read_reading(context, step, reading.format, input);
    return true;
  }
  if (!contains(step_names, step.name())) {
    refuse_by_name(context, step.entry.key_place, "the step " + in_quotes(step.name()), step_names);
    return false;
  }
  if (step.name() == "extract_columns_from_partition_format") {
    extract_columns(context, step, input);
  } else if (!input.table) {
    note_no_reading(context, step);
    return false;
  } else if (step.name() == "keep_columns") {
    keep_columns(context, step, *input.table);
  } else if (step.name() == "drop_columns") {
    drop_columns(context, step, *input.table);
  } else {
    convert_columns(context, step, *input.table);
  }
  return true;
}

}  // namespace

bool read_mltable_steps(ReadContext& context, const YamlValue& root, InputConfig& input) {
  const YamlValue* steps = root.find("transformations");
  if (!steps) return true;
  const std::string allowed = "a list of steps, each with its name and value";
  if (!steps->is_sequence()) {
    refuse(context, {"transformations", allowed, *steps});
    return false;
  }
  if (steps->items.size() > most_steps) {
    refuse(context, {"transformations", "at most " + std::to_string(most_steps) + " steps", *steps});
    return false;
  }
  bool is_clear = true;
  for (std::size_t i = 0; i < steps->items.size(); ++i) {
    const YamlValue& item = steps->items[i];
    if (item.is_mapping() && item.entries.size() == 1) {
      if (!read_step(context, {item.entries[0]}, input)) is_clear = false;
      continue;
    }
    refuse(context, {"transformations, item " + std::to_string(i + 1) + ",", allowed, item});
    is_clear = false;
  }
  if (input.table) settle_dtypes(*input.table);
  return is_clear;
}

}  // namespace prs
