// The keys beside and above parallel_run_config.
#include "config/option_groups.hpp"

namespace prs {
namespace {

Option or_on_command_line(Option made, OnCommandLine on_command_line) {
  made.on_command_line = std::move(on_command_line);
  return made;
}

}  // namespace

std::vector<Option> run_options() {
  const std::string group = "The run";
  return {
      option(group,
             {"name", "text", default_words("the file's own name"), "The name of the run, shown in the report.",
              "predict-digits"},
             run_name_codec()),
      or_on_command_line(
          option(group,
                 {"inputs", "list", required(),
                  "What is worked on, each with a name and a path; --input NAME=PATH replaces the path of a "
                  "name, or adds an input."},
                 inputs_codec()),
          {"input", "--input NAME=PATH"}),
      option(group,
             {"side_inputs", "mapping", default_words("none"),
              "Further files and folders that the script reads, by name; they must exist; side_input:NAME in "
              "arguments becomes the path.",
              "{labels: data/labels.txt}"},
             side_inputs_codec()),
      option(group,
             {"side_outputs", "mapping", default_words("none"),
              "Folders that the script writes to, by name, made at the start; side_output:NAME in arguments "
              "becomes the path.",
              "{pictures: runs/pictures}"},
             side_outputs_codec()),
      or_on_command_line(
          option(group,
                 {"output", "path", required(), "The run folder: all output, logs and reports (--output FOLDER).",
                  "runs/predict-digits"},
                 output_codec()),
          {"run folder", "--output FOLDER"}),
      option(group,
             {"arguments", "list", default_words("none"),
              "The script's sys.argv[1:], each as it is written (-- ARGUMENTS).",
              "[--labels, side_input:labels, --extra_arg, example_value]"},
             arguments_codec()),
      option(
          group,
          {"models", "mapping", default_words("none"), "Models that the script finds by name; their paths must exist.",
           "{digits: models/digits.json, other: {path: models/other, version: 2, tags: {kind: test}}}"},
          models_codec()),
      option(group,
             {"allow_reuse", "boolean", default_value("true"),
              "Whether a finished run in the same run folder is reported and not run again."},
             allow_reuse_codec()),
      option(group, {"parallel_run_config", "mapping or path", required(), "How the script is run: the keys below."},
             parallel_run_config_codec())};
}

std::vector<Option> input_options() {
  const std::string group = "An input";
  std::vector<Option> table = {
      option(group, {"name", "text", required(), "Names the input in messages and on the command line.", "digits"},
             input_name_codec()),
      option(
          group,
          {"path", "path or list", required(), "Where the items are; of an MLTable its folder or file.", "data/digits"},
          input_paths_codec())};
  for (Option& made : table_options()) table.push_back(std::move(made));
  return table;
}

std::vector<Option> model_options() {
  const std::string group = "A model";
  return {option(group, {"path", "path", required(), "Where the model is; it must exist."}, model_path_codec()),
          option(group, {"version", "text", default_words("none"), "What Model(...).version gives."},
                 model_version_codec()),
          option(group, {"tags", "mapping", default_words("none"), "What Model(...).tags gives."}, model_tags_codec())};
}

}  // namespace prs
