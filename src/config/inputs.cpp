#include "config/inputs.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "config/mltable.hpp"
#include "config/section.hpp"
#include "config/yaml_text.hpp"

namespace prs {

const std::vector<std::string> input_types = {"files", "tabular", "mltable"};
const std::vector<std::string> input_formats = {"csv",        "tsv",     "delimited", "jsonl",
                                                "json_lines", "parquet", "hdf5",      "mltable"};

namespace {

/// What a format's name stands for.
TableOptions table_of(const std::string& name) {
  TableOptions table;
  if (name == "tsv") table.delimiter = '\t';
  if (name == "jsonl" || name == "json_lines") table.format = TableFormat::json_lines;
  if (name == "parquet") table.format = TableFormat::parquet;
  if (name == "hdf5") table.format = TableFormat::hdf5;
  return table;
}

/// An input of a list, with what is known of it before its keys are read.
struct InputItem {
  const YamlValue& value;
  std::string within;          ///< "input 1"
  bool is_kind_known = false;  ///< whether `type` and `format` are without mistake
  bool is_mltable = false;
  InputConfig input = {};
};

/// The value of a key that has one of a few words; empty where it is absent. False after a mistake.
bool read_word(ReadContext& context, const InputItem& item, const char* key, const std::vector<std::string>& words,
               std::string& word) {
  const YamlValue* value = item.value.find(key);
  if (!value) return true;
  const auto choice = read_choice(context, {item.within + ": " + key, joined(words, " or "), *value}, words);
  if (choice) word = words[*choice];
  return choice.has_value();
}

/// Reads `type` and `format`, which say what the other keys may be.
void read_kind(ReadContext& context, InputItem& item) {
  // After a mistake here, or in its MLTable file, it counts as a table: then none are told that only follow from it.
  if (item.value.find("type") || item.value.find("format")) item.input.table.emplace();
  std::string type, format;
  const bool has_type = read_word(context, item, "type", input_types, type);
  if (!read_word(context, item, "format", input_formats, format) || !has_type) return;
  if (type.empty()) type = format == "mltable" ? "mltable" : format.empty() ? "files" : "tabular";
  const auto refuse_both = [&](const std::string& allowed) {
    context.notes.mistake(item.value.find(format.empty() ? "type" : "format")->place,
                          item.within + " has the type '" + type + "' and " +
                              (format.empty() ? "no format" : "the format '" + format + "'") + "; allowed: " + allowed);
  };
  const std::vector<std::string> of_tables(input_formats.begin(), input_formats.end() - 1);
  if (type == "files" && !format.empty())
    return refuse_both(format == "mltable" ? "the type mltable" : "the type tabular, or no format");
  if (type == "tabular" && (format.empty() || format == "mltable"))
    return refuse_both("the format " + joined(of_tables, " or "));
  if (type == "mltable" && !format.empty() && format != "mltable")
    return refuse_both("no format, since the MLTable file says it");
  item.is_kind_known = true;
  item.is_mltable = type == "mltable";
  if (type == "tabular") item.input.table = table_of(format);
  if (type == "files") item.input.table.reset();
}

bool is_unfit(const InputItem& item, const Option& option) {
  if (item.is_mltable)
    return option.key != "name" && option.key != "path" && option.key != "type" && option.key != "format";
  if (option.fits.empty()) return false;
  return !item.input.table ||
         std::find(option.fits.begin(), option.fits.end(), item.input.table->format) == option.fits.end();
}

/// Notes each key that says nothing of an input like this one.
void note_unfit_keys(ReadContext& context, const InputItem& item) {
  for (const YamlEntry& entry : item.value.entries) {
    const Option* option = find_option(Section::input, entry.key);
    if (!option || !is_given(*option, entry) || !is_unfit(item, *option)) continue;
    context.notes.mistake(entry.key_place,
                          "the key '" + entry.key + "' in " + item.within + " does not fit " +
                              (item.is_mltable     ? "an MLTable, whose file says what it is; remove it"
                               : !item.input.table ? "files; allowed: with the format " + format_words(option->fits)
                                                   : "the format " + format_words({item.input.table->format}) +
                                                         "; allowed: with " + format_words(option->fits)));
  }
}

/// Takes all but the name from the MLTable file that the path names; a list of one path is what --input makes.
void read_mltable_of(ReadContext& context, InputItem& item) {
  const YamlValue* path = item.value.find("path");
  if (!path || !item.is_mltable) return;
  const YamlValue& named = path->is_sequence() && path->items.size() == 1 ? path->items[0] : *path;
  item.is_kind_known = read_mltable(context, {item.within + ": path", allowed_mltable_paths, named}, item.input);
}

InputItem read_input(ReadContext& context, const YamlValue& value, std::size_t number) {
  InputItem item{value, "input " + std::to_string(number)};
  read_kind(context, item);
  if (!read_section(context, {item.within, item.within + ": "}, value, item.input)) return item;
  note_missing_keys(context, Section::input, item.within, value);
  if (item.is_kind_known) note_unfit_keys(context, item);
  read_mltable_of(context, item);
  return item;
}

/// Rule 2.2: all inputs of a run are of one type.
void note_mixed_types(ReadContext& context, const std::vector<InputItem>& items) {
  const InputItem* first = nullptr;
  const auto type_of = [](const InputItem& item) { return item.input.table ? "a table" : "files"; };
  for (const InputItem& item : items) {
    if (!item.is_kind_known) continue;
    if (!first) first = &item;
    if (item.input.table.has_value() == first->input.table.has_value()) continue;
    context.notes.mistake(item.value.place, item.within + " is " + type_of(item) + ", and " + first->within + " is " +
                                                type_of(*first) + "; allowed: one type for all inputs of a run");
    return;
  }
}

}  // namespace

void read_inputs(ReadContext& context, const Field& field, RunConfig& config) {
  if (!field.value.is_sequence()) return refuse(context, field);
  if (field.value.items.empty()) return refuse(context, field, "an empty list");
  std::set<std::string> names;
  std::vector<InputItem> items;
  for (const YamlValue& value : field.value.items) {
    items.push_back(read_input(context, value, items.size() + 1));
    const std::string& name = items.back().input.name;
    if (!name.empty() && !names.insert(name).second)
      context.notes.mistake(value.find("name")->place,
                            "another input is named " + in_quotes(name) + " too; allowed: a different name for each");
  }
  note_mixed_types(context, items);
  for (InputItem& item : items) config.inputs.push_back(std::move(item.input));
}

std::string input_text(const InputConfig& input, const std::string& indent) {
  if (input.mltable.empty()) return section_text(input, {.indent = indent});
  const InputConfig named{input.name, {input.mltable}, {}, {}, input.mltable};
  std::string text = section_text(named, {.indent = indent});
  InputConfig read = input;
  read.mltable.clear();
  std::istringstream lines(section_text(read, {}));
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("name: ")) text += indent + "# " + line + "\n";
  if (input.table && !input.table->dropped_columns.empty())
    text += indent + "# without the columns " + yaml_list(input.table->dropped_columns) + "\n";
  return text;
}

std::vector<std::string> format_names(const std::vector<TableFormat>& formats) {
  std::vector<std::string> names;
  for (const std::string& name : input_formats)
    if (name != "mltable" && std::find(formats.begin(), formats.end(), table_of(name).format) != formats.end())
      names.push_back(name);
  return names;
}

std::string format_words(const std::vector<TableFormat>& formats) {
  return joined(format_names(formats), " or ");
}

}  // namespace prs
