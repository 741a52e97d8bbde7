#include "config/option_table.hpp"

#include "config/parallel_options.hpp"

namespace prs {
namespace {

Option plain_option(Section section, const std::string& group, const std::string& key, const std::string& type,
                    const std::string& default_text, const std::string& allowed, const std::string& sentence,
                    const std::string& example) {
  Option made;
  made.section = section;
  made.group = group;
  made.key = key;
  made.type = type;
  made.default_text = default_text;
  made.allowed = allowed;
  made.sentence = sentence;
  made.example = example;
  return made;
}

void add_run_options(std::vector<Option>& table) {
  const auto add = [&](const char* key, const char* type, const char* default_text, const char* allowed,
                       const char* sentence, const char* example) {
    table.push_back(plain_option(Section::run, "The run", key, type, default_text, allowed, sentence, example));
  };
  add("name", "text", "the file's own name", "text of 1 to 255 bytes", "The name of the run, shown in the report.",
      "predict-digits");
  add("inputs", "list", "required", "a list with one mapping for each input",
      "What is worked on, each with a name and a path; --input NAME=PATH replaces the path of a name, or adds an "
      "input.",
      "");
  add("side_inputs", "mapping", "none", "a mapping of names and paths",
      "Further files and folders that the script reads, by name; they must exist; side_input:NAME in arguments becomes "
      "the path.",
      "{labels: data/labels.txt}");
  add("side_outputs", "mapping", "none", "a mapping of names and folders",
      "Folders that the script writes to, by name, made at the start; side_output:NAME in arguments becomes the path.",
      "{pictures: runs/pictures}");
  add("output", "path", "required", "the path of a folder",
      "The run folder: all output, logs and reports (--output FOLDER).", "runs/predict-digits");
  add("arguments", "list", "none", "a list of texts",
      "The script's sys.argv[1:], each as it is written (-- ARGUMENTS).",
      "[--labels, side_input:labels, --extra_arg, example_value]");
  add("models", "mapping", "none", "a mapping of names to a path, or to {path, version, tags}",
      "Models that the script finds by name; their paths must exist.",
      "{digits: models/digits.json, other: {path: models/other, version: 2, tags: {kind: test}}}");
  add("allow_reuse", "boolean", "true", "true or false, without quotes",
      "Whether a finished run in the same run folder is reported and not run again.", "true");
  add("parallel_run_config", "mapping or path", "required", "a mapping, or the path of a file that holds one",
      "How the script is run: the keys below.", "");
}

void add_input_options(std::vector<Option>& table) {
  const auto add = [&](const char* key, const char* type, const char* default_text, const char* allowed,
                       const char* sentence, const char* example) -> Option& {
    table.push_back(plain_option(Section::input, "An input", key, type, default_text, allowed, sentence, example));
    return table.back();
  };
  add("name", "text", "required", "text of 1 to 255 bytes", "Names the input in messages and on the command line.",
      "digits");
  add("path", "path or list", "required", "a folder, a file, a glob, or a list of these", "Where the items are.",
      "data/digits");
  add("type", "choice", "files", "files", "What an item is: each file is one.", "files");
  for (const char* key : {"format", "partition_format", "support_multi_line", "header", "delimiter", "separator",
                          "encoding", "dtypes", "columns", "dataset"})
    add(key, "text", "none", "", "For tables.", "").is_supported = false;
}

void add_model_options(std::vector<Option>& table) {
  const auto add = [&](const char* key, const char* type, const char* default_text, const char* allowed,
                       const char* sentence) {
    table.push_back(plain_option(Section::model, "A model", key, type, default_text, allowed, sentence, ""));
  };
  add("path", "path", "required", "the path of a file or folder", "Where the model is; it must exist.");
  add("version", "text", "none", "text or a number", "What Model(...).version gives.");
  add("tags", "mapping", "none", "a mapping of texts", "What Model(...).tags gives.");
}

std::vector<Option> make_table() {
  std::vector<Option> table;
  add_run_options(table);
  add_input_options(table);
  add_model_options(table);
  for (Option& option : parallel_options()) table.push_back(std::move(option));
  return table;
}

}  // namespace

const std::vector<Option>& option_table() {
  static const std::vector<Option> table = make_table();
  return table;
}

std::vector<const Option*> options_of(Section section) {
  std::vector<const Option*> options;
  for (const Option& option : option_table())
    if (option.section == section) options.push_back(&option);
  return options;
}

std::vector<std::string> keys_of(Section section) {
  std::vector<std::string> keys;
  for (const Option* option : options_of(section)) keys.push_back(option->key);
  return keys;
}

const Option* find_option(Section section, std::string_view key) {
  for (const Option& option : option_table())
    if (option.section == section && option.key == key) return &option;
  return nullptr;
}

}  // namespace prs
