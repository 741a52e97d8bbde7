#include "config/run_config.hpp"

#include <algorithm>
#include <filesystem>

#include "config/environment.hpp"
#include "config/overrides.hpp"
#include "config/paths.hpp"
#include "config/section.hpp"
#include "config/settings.hpp"
#include "config/v2.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

/// A configuration as trees, whatever its dialect was: the top keys, and the mapping of parallel_run_config.
struct Trees {
  enum class Dialect { native, v1, v2 };
  YamlValue run;
  std::optional<YamlValue> parallel;
  Dialect dialect = Dialect::native;
  std::optional<YamlValue> v2 = {};   ///< a whole v2 file, which is translated once the command line is in `run`
  bool has_steps = false;             ///< a v2 file was read, of whatever kind
  bool has_driver_arguments = false;  ///< parallel_run_config is of another dialect than native
};

bool has_only_parallel_run_config(const YamlValue& root) {
  return root.entries.size() == 1 && root.entries[0].key == "parallel_run_config";
}

/// One top mapping `parallel_run_config`, or its bare keys without what makes a file a native one.
bool is_v1_root(const YamlValue& root) {
  if (has_only_parallel_run_config(root)) return root.entries[0].value.is_mapping();
  for (const Option* option : options_of(Section::run))
    if (option->if_absent.is_required && root.find(option->key)) return false;
  return std::any_of(root.entries.begin(), root.entries.end(), [](const YamlEntry& entry) {
    for (const Option* option : options_of(Section::parallel_run_config))
      if (entry.key == option->key || (!option->v1_key.empty() && entry.key == option->v1_key)) return true;
    return false;
  });
}

/// A v1 file as a native tree. `arguments` and their like may stand beside the bare keys (rule 2.4).
YamlValue native_tree(const YamlValue& root) {
  if (has_only_parallel_run_config(root)) return root;
  YamlValue run = YamlValue::mapping_at(root.place);
  YamlValue parallel = YamlValue::mapping_at(root.place);
  for (const YamlEntry& entry : root.entries)
    (find_option(Section::run, entry.key) ? run : parallel).entries.push_back(entry);
  run.set("parallel_run_config", std::move(parallel));
  return run;
}

/// Tells the dialects apart (rule 2.1).
std::optional<Trees> read_trees(const std::string& path, int source, Notes& notes) {
  const auto root = read_yaml_file(path, source, notes);
  if (!root) return std::nullopt;
  if (is_v2(*root)) {
    notes.make_lenient(source);
    return Trees{YamlValue::mapping_at(root->place), std::nullopt, Trees::Dialect::v2, root, true, true};
  }
  if (!root->is_mapping()) {
    notes.mistake(root->is_null() ? SourcePlace{source} : root->place,
                  (root->is_null() ? "is empty" : "found " + found_text(*root)) +
                      std::string("; allowed: a mapping with the keys ") + joined(keys_of(Section::run)) +
                      "; or a v1 parallel_run_config, or a v2 component or pipeline");
    return std::nullopt;
  }
  Trees trees;
  const bool is_v1 = is_v1_root(*root);
  if (is_v1) notes.make_lenient(source);
  trees.dialect = is_v1 ? Trees::Dialect::v1 : Trees::Dialect::native;
  trees.has_driver_arguments = is_v1;
  trees.run = is_v1 ? native_tree(*root) : *root;
  return trees;
}

/// The mapping of parallel_run_config: as it stands there, or from the file that it names, which is a v1 or v2 file.
void find_parallel(ReadContext& context, Trees& trees, const std::string& step) {
  if (trees.v2) {
    trees.parallel = read_v2(context, *trees.v2, {step, true}, trees.run);
    return;
  }
  const YamlValue* value = trees.run.find("parallel_run_config");
  if (!value) return;
  if (value->is_mapping()) {
    trees.parallel = *value;
    return;
  }
  const auto file =
      read_path(context, {"parallel_run_config", find_option(Section::run, "parallel_run_config")->allowed, *value});
  if (!file) return;
  const std::string shown = file->was_relative ? path_for_people(file->path) : file->path;
  const int source = context.notes.add_source({shown, folder_of(file->path), true});
  trees.has_driver_arguments = true;
  const auto root = read_yaml_file(file->path, source, context.notes);
  if (!root) return;
  trees.has_steps = is_v2(*root);
  if (trees.has_steps)
    trees.parallel = read_v2(context, *root, {step, false}, trees.run);
  else if (const YamlValue* mapping = v1_mapping(*root, context.notes))
    trees.parallel = *mapping;
}

/// A v1 file's `arguments` may be one text (rule 2.4). A quote that is not closed is noted when they are read.
void split_arguments(YamlValue& arguments) {
  if (!arguments.is_scalar()) return;
  const auto words = shell_words(arguments.text);
  if (!words) return;
  arguments.kind = YamlValue::Kind::sequence;
  for (const std::string& word : *words) arguments.items.push_back(YamlValue::scalar_at(arguments.place, word, true));
}

/// The order is the precedence: the file, the driver's own arguments, then `--set`.
void apply_overrides(ReadContext& context, Trees& trees, const ConfigOverrides& overrides) {
  const std::vector<Setting> settings = read_settings(overrides.settings, context.notes);
  for (const Setting& setting : settings)
    if (!setting.is_of_parallel_run_config()) apply_setting(trees.run, setting.keys, setting.value);
  apply_options(trees.run, overrides, context.notes);
  find_parallel(context, trees, overrides.step);
  if (!overrides.step.empty() && !trees.has_steps) note_needless_step(overrides.step, context.notes);
  const auto arguments = std::find_if(trees.run.entries.begin(), trees.run.entries.end(),
                                      [](const YamlEntry& entry) { return entry.key == "arguments"; });
  if (trees.has_driver_arguments && trees.parallel && arguments != trees.run.entries.end()) {
    split_arguments(arguments->value);
    take_driver_arguments(arguments->value, *trees.parallel, context.notes);
  }
  for (const Setting& setting : settings) {
    if (!setting.is_of_parallel_run_config()) continue;
    if (!trees.parallel && !trees.v2 && !trees.run.find("parallel_run_config"))
      trees.parallel = YamlValue::mapping_at(setting.value.place);
    if (trees.parallel) apply_setting(*trees.parallel, {setting.keys.begin() + 1, setting.keys.end()}, setting.value);
  }
}

void note_missing_parallel(Notes& notes, const Trees& trees) {
  if (trees.parallel || trees.v2 || trees.run.find("parallel_run_config")) return;
  notes.mistake(trees.run.place, "the key 'parallel_run_config' is missing in the configuration; allowed: " +
                                     find_option(Section::run, "parallel_run_config")->allowed);
}

/// What stands above parallel_run_config. In a v1 file nothing does: then it can only come from the command line.
void read_run(ReadContext& context, const Trees& trees, RunConfig& config) {
  config.name = std::filesystem::path(config.file).stem().string();
  read_defaults(config, [&](const Option& option) { return !trees.run.find(option.key); });
  read_section(context, {"the configuration"}, trees.run, config);
  for (const Option* option : options_of(Section::run)) {
    const auto& [what, form] = option->on_command_line;
    if (form.empty() || trees.run.find(option->key)) continue;
    // What a v2 file lacks of its inputs is noted by name.
    if (trees.v2 && option->key == "inputs") continue;
    context.notes.mistake(
        trees.run.place,
        trees.dialect == Trees::Dialect::native
            ? "the key '" + option->key + "' is missing in the configuration; allowed: " + option->allowed + ", or " +
                  form
            : std::string("a ") + (trees.v2 ? "v2" : "v1") + " file names no " + what + "; add " + form);
  }
}

/// What a mini-batch is follows from the inputs (rules 3.1, 3.2); with partition_keys it has no size (rule 3.6).
void settle_mini_batch_size(Notes& notes, const YamlValue& parallel, RunConfig& config) {
  std::optional<MiniBatchSize>& size = config.parallel.mini_batch_size;
  if (config.inputs.empty()) return;
  const bool are_files = std::none_of(config.inputs.begin(), config.inputs.end(),
                                      [](const InputConfig& input) { return input.table.has_value(); });
  if (!size && config.parallel.partition_keys.empty())
    size = are_files ? MiniBatchSize{10, false} : MiniBatchSize{1u << 20, true};
  const YamlValue* value = parallel.find("mini_batch_size");
  if (are_files && value && size && size->has_unit)
    notes.mistake(value->place,
                  "mini_batch_size is " + found_text(*value) + "; allowed: a number of files, without a unit");
}

/// Rule 3.6: without partition_keys they are columns, which files do not have. What an MLTable file says of its paths
/// may be meant for others.
void note_unused_forms(Notes& notes, const YamlValue& run, const RunConfig& config) {
  const YamlValue* inputs = run.find("inputs");
  if (!inputs || !config.parallel.partition_keys.empty()) return;
  for (std::size_t i = 0; i < std::min(inputs->items.size(), config.inputs.size()); ++i) {
    const InputConfig& input = config.inputs[i];
    if (input.table || input.partition_format.empty()) continue;
    const std::string what =
        "input " + std::to_string(i + 1) +
        " has a partition_format and the run no partition_keys: files have no columns for its keys";
    if (input.mltable.empty())
      notes.mistake(inputs->items[i].place, what + "; give partition_keys, or remove it");
    else
      notes.warning(inputs->items[i].place, what + ", so it is not used");
  }
}

enum class Scope { what_can_be_run, all };

RunConfig read(const std::string& path, const ConfigOverrides& overrides, Scope scope) {
  Notes notes;
  const int source = notes.add_source({path, folder_of(path)});
  ReadContext context{notes};
  RunConfig config;
  config.file = absolute_path(working_folder(), path);
  config.slicing = overrides.slicing;
  auto trees = read_trees(path, source, notes);
  if (!trees) {
    notes.throw_mistakes();
    return config;
  }
  apply_overrides(context, *trees, overrides);
  note_missing_parallel(notes, *trees);
  // The reader of a v2 file has noted what is missing there.
  const auto read_keys = trees->has_steps ? read_parallel_run_config : read_whole_parallel_run_config;
  if (trees->parallel) config.parallel = settled(read_keys(context, *trees->parallel));
  read_run(context, *trees, config);
  if (trees->parallel) settle_mini_batch_size(notes, *trees->parallel, config);
  if (scope == Scope::what_can_be_run) note_unused_forms(notes, trees->run, config);
  notes.throw_mistakes();
  config.warnings = notes.warnings();
  return config;
}

}  // namespace

RunConfig load_run_config(const std::string& path, const ConfigOverrides& overrides) {
  return read(path, overrides, Scope::what_can_be_run);
}

RunConfig read_run_config(const std::string& path, const ConfigOverrides& overrides) {
  return read(path, overrides, Scope::all);
}

std::string text_of(const RunConfig& config) {
  return section_text(config, {});
}

std::string given_text(const std::string& path, const ConfigOverrides& overrides, std::vector<std::string>& warnings) {
  Notes notes;
  ReadContext context{notes};
  ParallelRunConfig given;
  if (auto trees = read_trees(path, notes.add_source({path, folder_of(path)}), notes)) {
    apply_overrides(context, *trees, overrides);
    note_missing_parallel(notes, *trees);
    if (trees->parallel) given = read_parallel_run_config(context, *trees->parallel);
  }
  notes.throw_mistakes();
  warnings = notes.warnings();
  return section_text(given, {});
}

std::string RunConfig::entry_script_path() const {
  return entry_script_file(parallel.source_directory.value_or("/"), parallel.entry_script);
}

std::string RunConfig::import_folder() const {
  if (parallel.source_directory) return *parallel.source_directory;
  return std::filesystem::path(entry_script_path()).parent_path().string();
}

}  // namespace prs
