#include "config/v2.hpp"

#include <algorithm>

#include "config/arguments.hpp"
#include "config/overrides.hpp"
#include "config/paths.hpp"
#include "config/section.hpp"
#include "config/v2_arguments.hpp"
#include "config/v2_keys.hpp"
#include "config/v2_ports.hpp"
#include "config/yaml_text.hpp"
#include "model/run_folder.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

YamlValue list_at(const SourcePlace& place) {
  YamlValue list;
  list.kind = YamlValue::Kind::sequence;
  list.place = place;
  return list;
}

/// The last part of a path, without the slash that ends a folder's; empty where it is to be filled in by the cloud.
std::string last_part(const std::string& path) {
  const std::size_t slash = path.find_last_of("/:");
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  return last.find("{{") == std::string::npos ? last : "";
}

/// The run folder that the tree names; any folder where it names none, since that is a mistake by itself.
std::string run_folder_of(const YamlValue& run, const Notes& notes) {
  const YamlValue* output = run.find("output");
  if (!output || !output->is_scalar()) return "/";
  Notes unheard;
  const auto path = expanded_path(output->text, {unheard.add_source({"", "/"})}, unheard);
  return path ? absolute_path(notes.source_of(output->place).folder, *path) : "/";
}

/// The paths that `inputs` and `side_inputs` of a native tree give, by name.
std::map<std::string, YamlValue> given_paths(const YamlValue& run) {
  std::map<std::string, YamlValue> given;
  if (const YamlValue* sides = run.find("side_inputs"))
    for (const YamlEntry& entry : sides->entries) given[entry.key] = entry.value;
  if (const YamlValue* inputs = run.find("inputs"))
    for (const YamlValue& item : inputs->items) {
      const YamlValue* name = item.find("name");
      const YamlValue* path = item.find("path");
      if (name && path) given[name->text] = *path;
    }
  return given;
}

/// Puts the entries of `made` into the mapping `key` of a tree, where it does not have them.
void fill_in(YamlValue& run, const std::string& key, const YamlValue& made) {
  if (made.entries.empty()) return;
  YamlValue all = made;
  if (const YamlValue* written = run.find(key)) {
    if (!written->is_mapping()) return;  // noted when it is read
    std::map<std::string, bool> is_there;
    for (const YamlEntry& entry : written->entries) is_there[entry.key] = true;
    std::erase_if(all.entries, [&](const YamlEntry& entry) { return is_there.contains(entry.key); });
    all.entries.insert(all.entries.begin(), written->entries.begin(), written->entries.end());
  }
  run.set(key, std::move(all));
}

/// Translates one step.
class StepReader {
 public:
  StepReader(ReadContext& context, const V2Step& step, const V2Reading& how, YamlValue& run)
      : context_(context), step_(step), how_(how), run_(run), parallel_(YamlValue::mapping_at(step.keys.place)) {}

  YamlValue read() {
    const auto given = given_paths(run_);
    inputs_ = read_v2_inputs(context_, step_, given, needless_input(), unused_);
    outputs_ = read_v2_outputs(context_, step_, unused_);
    if (how_.is_whole_file) note_unknown_inputs();
    for (const YamlEntry& entry : step_.of_cloud) add_of_cloud(entry);
    take_keys("", step_.keys);
    read_retries();
    read_output_action();
    read_input_data();
    read_arguments();
    give_defaults();
    note_missing_script();
    if (!step_.name.empty() && !run_.find("name")) run_.set("name", YamlValue::scalar_at(step_.keys.place, step_.name));
    note_unused();
    return std::move(parallel_);
  }

 private:
  void give(const std::string& key, const SourcePlace& place, const std::string& text) {
    parallel_.set(key, YamlValue::scalar_at(place, text, true));
  }

  /// Where a native file says what is split, the input of that purpose needs no path.
  std::string needless_input() const {
    const YamlValue* value = find("", "input_data");
    const bool is_said = !how_.is_whole_file && run_.find("inputs");
    return is_said && value ? name_in_expression(value->text, "inputs.") : "";
  }

  /// Each key of a mapping has a name of its own.
  void add_of_cloud(const YamlEntry& entry) {
    if (!entry.value.is_mapping()) return cloud_.add(entry.key_place, entry.key);
    for (const YamlEntry& inner : entry.value.entries) cloud_.add(inner.key_place, entry.key + "." + inner.key);
  }

  /// Goes through a mapping of the step, key by key.
  void take_keys(const std::string& within, const YamlValue& mapping) {
    if (!mapping.is_mapping())
      return refuse(context_, {within, "a mapping with the keys " + joined(v2_keys_within(within)), mapping});
    for (const YamlEntry& entry : mapping.entries) {
      const std::string name = within.empty() ? entry.key : within + "." + entry.key;
      const V2Key* key = find_v2_key(within, entry.key);
      if (!key && !context_.notes.is_full())
        context_.notes.warning(entry.key_place, "unknown key " + in_quotes(entry.key) + " in " +
                                                    (within.empty() ? step_.within : within) +
                                                    nearest_hint(entry.key, v2_keys_within(within)));
      if (!key || entry.value.is_null()) continue;
      if (key->use == V2Use::renamed)
        parallel_.entries.push_back({key->native, entry.key_place, entry.value, name});
      else if (key->use == V2Use::cloud)
        within.empty() ? add_of_cloud(entry) : cloud_.add(entry.key_place, name);
      else if (name == "task" || name == "resources" || name == "retry_settings")
        take_keys(entry.key, entry.value);
      else if (name == "is_deterministic" && !run_.find("allow_reuse"))
        run_.entries.push_back({"allow_reuse", entry.key_place, entry.value, name});
    }
  }

  /// A value of the task, or of the step where `within` is empty; nullptr where it is not given.
  const YamlValue* find(const char* within, const char* key) const {
    const YamlValue* mapping = *within ? step_.keys.find(within) : &step_.keys;
    return mapping ? mapping->find(key) : nullptr;
  }

  void read_retries() {
    const YamlValue* value = find("retry_settings", "max_retries");
    if (!value) return;
    const Field field{"retry_settings.max_retries", "an integer from 0 to " + std::to_string(largest_integer - 1),
                      *value};
    const auto retries = read_integer(context_, field, 0);
    if (retries && *retries < largest_integer)
      give("run_max_try", value->place, std::to_string(*retries + 1));
    else if (retries)
      refuse(context_, field);
  }

  /// append_row_to names an output, and may name the row file so (rule 2.4).
  void read_output_action() {
    const YamlValue* value = find("task", "append_row_to");
    give("output_action", value ? value->place : step_.keys.place, value ? "append_row" : "summary_only");
    if (!value) return;
    rows_output_ = named_port("task.append_row_to", *value, "outputs", outputs_);
    const auto found = outputs_.find(rows_output_);
    if (found == outputs_.end()) return;
    const YamlValue& path = found->second.value;
    const std::string name = last_part(path.text);
    const bool is_of_folder = found->second.type == "uri_folder" && name.find('.') == name.npos;
    if (name.empty() || is_of_folder) return;
    parallel_.set("append_row_file_name", YamlValue::scalar_at(path.place, name));
    parallel_.entries.back().written_as = "the row file's name, the last part of outputs." + rows_output_ + ".path,";
  }

  /// The name in `${{inputs.x}}`; empty after a mistake.
  std::string named_port(const std::string& name, const YamlValue& value, const std::string& kind,
                         const V2Ports& ports) {
    const std::string allowed = "${{" + kind + ".NAME}}";
    const std::string port = value.is_scalar() ? name_in_expression(value.text, kind + ".") : "";
    if (port.empty()) {
      refuse(context_, {name, allowed, value});
      return "";
    }
    if (ports.contains(port)) return port;
    context_.notes.mistake(value.place, name + " names the unknown " + (kind == "inputs" ? "input " : "output ") +
                                            in_quotes(port) + nearest_hint(port, some_names_of(ports)));
    return "";
  }

  /// The one input that is split; the others are side inputs.
  void read_input_data() {
    const YamlValue* value = find("", "input_data");
    if (value)
      split_input_ = named_port("input_data", *value, "inputs", inputs_);
    else
      context_.notes.mistake(step_.keys.place, "the key 'input_data' is missing in " + step_.within + "; allowed: " +
                                                   (inputs_.size() == 1 ? "${{inputs." + inputs_.begin()->first + "}}"
                                                                        : "${{inputs.NAME}}"));
    YamlValue sides = YamlValue::mapping_at(step_.keys.place);
    YamlValue models = sides;
    for (const auto& [name, port] : inputs_) {
      if (name == split_input_ || !port.is_data() || !port.is_set()) continue;
      sides.entries.push_back({name, port.place, port.value, "inputs." + name});
      if (port.is_model()) models.entries.push_back(sides.entries.back());
    }
    fill_in(run_, "side_inputs", sides);
    fill_in(run_, "models", models);
    if (const auto found = inputs_.find(split_input_); found != inputs_.end()) set_split_input(*value, found->second);
  }

  void set_split_input(const YamlValue& place, const V2Port& port) {
    if (!how_.is_whole_file && run_.find("inputs")) return;
    YamlValue list = list_at(port.place);
    if (port.is_set()) {
      if (!port.is_data() && !port.type.empty())
        return refuse(context_, {"input_data", "an input with a path", place},
                      found_text(place) + ", which is of type " + port.type);
      YamlValue item = YamlValue::mapping_at(port.place);
      item.set("name", YamlValue::scalar_at(port.place, split_input_));
      item.set("path", port.value);
      item.set("type", YamlValue::scalar_at(port.place, port.type == "mltable" ? "mltable" : "files"));
      if (const YamlValue* given = run_.find("inputs"))
        for (const YamlValue& other : given->items)
          if (const YamlValue* name = other.find("name"); name && name->text == split_input_) lay_keys(item, other);
      list.items.push_back(std::move(item));
    }
    if (!list.items.empty())
      run_.set("inputs", std::move(list));
    else
      std::erase_if(run_.entries, [](const YamlEntry& entry) { return entry.key == "inputs"; });
  }

  /// `--set inputs=…` may say more of it.
  static void lay_keys(YamlValue& item, const YamlValue& given) {
    if (given.find("format"))  // which may say that it is a table
      std::erase_if(item.entries, [](const YamlEntry& entry) { return entry.key == "type"; });
    for (const YamlEntry& entry : given.entries)
      if (entry.key != "path") item.set(entry.key, entry.value);
  }

  /// What `${{…}}` stands for, and the folders of the outputs.
  V2Expressions expressions() {
    V2Expressions made;
    const std::string folder = run_folder_of(run_, context_.notes);
    for (const auto& [name, port] : inputs_) {
      const std::string expression = "inputs." + name;
      if (!port.is_set() && !port.is_broken)
        made.unset.insert(expression);
      else if (port.is_broken)
        made.texts[expression] = "";  // its mistake is noted
      else
        made.texts[expression] = port.is_data() || name == split_input_ ? "${{side_inputs." + name + "}}"
                                                                        : escaped_argument(port.value.text);
    }
    YamlValue folders = YamlValue::mapping_at(step_.keys.place);
    for (const auto& [name, port] : outputs_) {
      const std::string expression = "outputs." + name;
      if (name == rows_output_) {
        const YamlValue* file = parallel_.find("append_row_file_name");
        made.texts[expression] = escaped_argument(folder + "/" + (file ? file->text : "parallel_run_step.txt"));
        continue;
      }
      const bool is_ours =
          std::find(RunFolder::own_names.begin(), RunFolder::own_names.end(), name) != RunFolder::own_names.end();
      const std::string path = folder + (is_ours ? "/outputs/" : "/") + name;
      folders.entries.push_back({name, port.place, YamlValue::scalar_at(port.place, escaped_path(path)), expression});
      const std::string file = last_part(port.value.text);
      made.texts[expression] = "${{side_outputs." + name + "}}" +
                               (port.type == "uri_file" ? "/" + escaped_argument(file.empty() ? name : file) : "");
    }
    fill_in(run_, "side_outputs", folders);
    return made;
  }

  void read_arguments() {
    const V2Expressions known = expressions();
    const YamlValue* value = find("task", "program_arguments");
    if (!value) return;
    V2Arguments read =
        read_program_arguments(context_, {"task.program_arguments", "text, split as a shell would", *value}, known);
    if (read.used.contains("inputs." + split_input_)) add_side_input_of_split();
    YamlValue words = list_at(value->place);
    words.items = std::move(read.words);
    take_driver_arguments(words, parallel_, context_.notes);
    if (!run_.find("arguments")) run_.set("arguments", std::move(words));
  }

  /// The script may want the path of what is split, too.
  void add_side_input_of_split() {
    const V2Port& port = inputs_.at(split_input_);
    YamlValue sides = YamlValue::mapping_at(port.place);
    if (port.is_set()) sides.entries.push_back({split_input_, port.place, port.value, "inputs." + split_input_});
    fill_in(run_, "side_inputs", sides);
  }

  /// Where v2 files say nothing, other values hold than in native ones (rules 2.3, 2.4, 6.3).
  void give_defaults() {
    const SourcePlace& place = step_.keys.place;
    give("failed_mini_batch_counts", place, "once_given_up");
    if (!parallel_.find("error_threshold")) give("error_threshold", place, "-1");
    if (!parallel_.find("node_count")) give("node_count", place, "1");
    const YamlValue* size = parallel_.find("mini_batch_size");
    if (!size || !parallel_.find("partition_keys")) return;
    context_.notes.warning(size->place, "mini_batch_size is not used, since partition_keys say what a mini-batch is");
    std::erase_if(parallel_.entries, [](const YamlEntry& entry) { return entry.key == "mini_batch_size"; });
  }

  void note_missing_script() {
    if (parallel_.find("entry_script")) return;
    const YamlValue* task = step_.keys.find("task");
    std::vector<const YamlEntry*> unknown;
    if (task)
      for (const YamlEntry& entry : task->entries)
        if (!find_v2_key("task", entry.key)) unknown.push_back(&entry);
    context_.notes.mistake(task ? task->place : step_.keys.place,
                           "the key 'entry_script' is missing in task; allowed: " +
                               find_option(Section::parallel_run_config, "entry_script")->allowed +
                               misspelt_hint("entry_script", unknown));
  }

  /// `--input NAME=PATH` must name an input.
  void note_unknown_inputs() {
    const YamlValue* given = run_.find("inputs");
    if (!given) return;
    for (const YamlValue& item : given->items) {
      const YamlValue* name = item.find("name");
      if (!name || inputs_.contains(name->text) || step_.parent_inputs.find(name->text) || context_.notes.is_full())
        continue;
      context_.notes.mistake(name->place, step_.within + " has no input " + in_quotes(name->text) +
                                              nearest_hint(name->text, some_names_of(inputs_)));
    }
  }

  void note_unused() {
    const YamlValue* type = find("task", "type");
    if (type) read_choice(context_, {"task.type", "run_function", *type}, {"run_function", "function"});
    cloud_.note(context_.notes, "no meaning here", "the job runs where mpirun or Slurm starts it");
    unused_.modes.note(context_.notes, "no meaning here", "files are read and written where they are");
    unused_.paths_of_outputs.note(context_.notes, "no place here",
                                  "what the job writes is in the run folder (--output)");
  }

  ReadContext& context_;
  const V2Step& step_;
  const V2Reading& how_;
  YamlValue& run_;
  YamlValue parallel_;
  V2Ports inputs_, outputs_;
  std::string split_input_, rows_output_;
  UnusedOfPorts unused_;
  Meaningless cloud_;
};

}  // namespace

std::optional<YamlValue> read_v2(ReadContext& context, const YamlValue& root, const V2Reading& how, YamlValue& run) {
  const auto step = find_v2_step(context, root, how.step);
  if (!step) return std::nullopt;
  return StepReader(context, *step, how, run).read();
}

}  // namespace prs
