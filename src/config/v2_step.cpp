#include "config/v2_step.hpp"

#include <algorithm>
#include <map>

#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Names = std::vector<std::string>;

const Names v2_types = {"parallel", "pipeline", "command", "sweep", "automl", "spark", "import", "data_transfer"};
/// What only labels a file or a step, for people and for the cloud's lists. The rest of a pipeline says where it runs.
const Names labels_of_pipeline = {"$schema", "type", "name",       "display_name",    "description",
                                  "version", "tags", "properties", "inputs",          "experiment_name",
                                  "outputs", "jobs", "status",     "creation_context"};
const Names cloud_keys_of_pipeline = {"settings", "compute", "identity",         "services",
                                      "schedule", "limits",  "is_deterministic", "queue_settings"};

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string text_at(const YamlValue& mapping, const char* key) {
  const YamlValue* value = mapping.find(key);
  return value && value->is_scalar() ? value->text : "";
}

/// What stands under a key, or null.
YamlValue value_at(const YamlValue& mapping, const char* key) {
  const YamlValue* value = mapping.find(key);
  return value ? *value : YamlValue{};
}

/// Puts the entries of `top` over those of `base`: a mapping over a mapping, anything else in the place of what was.
void lay_over(YamlValue& base, const YamlValue& top) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < base.entries.size(); ++i) places[base.entries[i].key] = i;
  for (const YamlEntry& entry : top.entries) {
    const auto found = places.find(entry.key);
    if (found == places.end())
      base.entries.push_back(entry);
    else if (YamlEntry& below = base.entries[found->second]; below.value.is_mapping() && entry.value.is_mapping())
      lay_over(below.value, entry.value);
    else if (!entry.value.is_null())
      below = entry;
  }
}

/// Without the keys that are not those of the step itself.
YamlValue own_keys(const YamlValue& mapping) {
  YamlValue own = mapping;
  std::erase_if(own.entries, [](const YamlEntry& entry) {
    return entry.key == "type" || entry.key == "component" || entry.key == "inputs" || entry.key == "outputs";
  });
  return own;
}

/// Whether the value is a mapping of a component that runs in parallel.
bool is_parallel(const YamlValue& component) {
  const std::string type = text_at(component, "type");
  return type == "parallel" || (type.empty() && component.find("task"));
}

/// A component's file beside the pipeline. Nothing after a mistake.
std::optional<YamlValue> read_component(ReadContext& context, const std::string& name, const YamlValue& written) {
  YamlValue value = written;
  const Field field{name, "the component's own keys, or its file: ./component.yml", value};
  if (!value.is_scalar()) {
    refuse(context, field);
    return std::nullopt;
  }
  if (value.text.starts_with("azureml:")) {
    refuse(context, field, found_text(value) + ", which is registered in the cloud");
    return std::nullopt;
  }
  if (value.text.starts_with("file:")) value.text.erase(0, 5);
  const auto path = read_path(context, field);
  if (!path) return std::nullopt;
  if (!may_read_further(context, field, path->path)) return std::nullopt;
  const int source = context.notes.add_source({path_for_people(path->path), folder_of(path->path), true});
  auto root = read_yaml_file(path->path, source, context.notes);
  if (!root || root->is_mapping()) return root;
  context.notes.mistake(root->is_null() ? SourcePlace{source} : root->place,
                        "is " + found_text(*root) + "; allowed: a component with type: parallel");
  return std::nullopt;
}

/// A job of a pipeline, with its component where it has one.
struct Job {
  const YamlEntry* entry;
  std::optional<YamlValue> component = {};
  bool is_broken = false;  ///< its component could not be read, which is noted
};

/// The component of a job that may run in parallel. Nothing: it does not.
std::optional<Job> parallel_job(ReadContext& context, const YamlEntry& entry) {
  const std::string type = text_at(entry.value, "type");
  const YamlValue* component = entry.value.find("component");
  if (!type.empty() && type != "parallel") return std::nullopt;
  if (!component) {
    if (type.empty() && !entry.value.find("task")) return std::nullopt;
    return Job{&entry};
  }
  auto read = component->is_mapping() ? std::optional(*component)
                                      : read_component(context, "jobs." + entry.key + ".component", *component);
  if (!read) return Job{&entry, std::nullopt, true};
  if (is_parallel(*read)) return Job{&entry, std::move(read)};
  if (type.empty()) return std::nullopt;
  context.notes.mistake(component->place, "the component of the step " + in_quotes(entry.key) +
                                              " is not of type: parallel; allowed: one that is");
  return Job{&entry, std::nullopt, true};
}

std::string joined_names(const Names& names) {
  Names quoted;
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 50); ++i) quoted.push_back(in_quotes(names[i]));
  return joined(quoted) + (names.size() > quoted.size() ? " …" : "");
}

/// The job that runs: the only parallel one, or the one that is named.
std::optional<Job> choose_job(ReadContext& context, const YamlValue& jobs, const std::string& step) {
  Names parallel, all;
  std::optional<Job> chosen;
  for (const YamlEntry& entry : jobs.entries) {
    all.push_back(entry.key);
    if (context.notes.is_full()) break;
    // A component's file is read only where its step may be the one.
    if (!step.empty() && entry.key != step) continue;
    auto job = parallel_job(context, entry);
    if (!job) continue;
    parallel.push_back(entry.key);
    if (!chosen) chosen = std::move(job);
  }
  if (parallel.size() == 1) return chosen->is_broken ? std::nullopt : chosen;
  if (!step.empty() && !contains(all, step))
    context.notes.mistake(jobs.place,
                          "--step " + in_quotes(step) + " names no step of this pipeline" + nearest_hint(step, all));
  else if (!step.empty())
    context.notes.mistake(jobs.place, "the step " + in_quotes(step) +
                                          " that --step names is not of type: parallel; allowed: one that is");
  else if (parallel.empty())
    context.notes.mistake(jobs.place, "the pipeline has no step of type: parallel; its steps are " + joined_names(all));
  else
    context.notes.mistake(jobs.place, "the pipeline has " + std::to_string(parallel.size()) +
                                          " parallel steps; choose one with --step NAME: " + joined_names(parallel));
  return std::nullopt;
}

void note_other_jobs(ReadContext& context, const YamlValue& jobs, const std::string& chosen) {
  Names others;
  for (const YamlEntry& entry : jobs.entries)
    if (entry.key != chosen) others.push_back(entry.key);
  if (!others.empty())
    context.notes.warning(jobs.place, "of this pipeline only the step " + in_quotes(chosen) + " runs here, and not " +
                                          joined_names(others) + "; what these make must be there already");
}

/// The keys of a pipeline that are not those of its steps.
void read_pipeline_keys(ReadContext& context, const YamlValue& root, V2Step& step) {
  for (const YamlEntry& entry : root.entries) {
    if (contains(labels_of_pipeline, entry.key) || context.notes.is_full()) continue;
    if (!contains(cloud_keys_of_pipeline, entry.key))
      context.notes.warning(entry.key_place, "unknown key " + in_quotes(entry.key) + " in the pipeline" +
                                                 nearest_hint(entry.key, {"jobs", "inputs", "outputs", "settings",
                                                                          "display_name", "description"}));
    else if (!entry.value.is_null())
      step.of_cloud.push_back(entry);
  }
}

void take_ports(V2Step& step, const YamlValue& component, const YamlValue& job) {
  step.declared_inputs = value_at(component, "inputs");
  step.given_inputs = value_at(job, "inputs");
  step.declared_outputs = value_at(component, "outputs");
  step.given_outputs = value_at(job, "outputs");
}

std::optional<V2Step> step_of_pipeline(ReadContext& context, const YamlValue& root, const std::string& name) {
  const YamlValue* jobs = root.find("jobs");
  if (!jobs || !jobs->is_mapping()) {
    const std::string allowed = "a mapping with the steps of the pipeline";
    if (jobs)
      refuse(context, {"jobs", allowed, *jobs});
    else
      context.notes.mistake(root.place, "the key 'jobs' is missing in the pipeline; allowed: " + allowed);
    return std::nullopt;
  }
  const auto job = choose_job(context, *jobs, name);
  if (!job) return std::nullopt;
  V2Step step;
  step.name = job->entry->key;
  step.within = "the step " + in_quotes(step.name);
  step.keys = job->component ? own_keys(*job->component) : YamlValue::mapping_at(job->entry->value.place);
  lay_over(step.keys, own_keys(job->entry->value));
  take_ports(step, job->component.value_or(YamlValue{}), job->entry->value);
  step.parent_inputs = value_at(root, "inputs");
  step.parent_outputs = value_at(root, "outputs");
  note_other_jobs(context, *jobs, step.name);
  read_pipeline_keys(context, root, step);
  return step;
}

}  // namespace

bool is_v2(const YamlValue& root) {
  if (root.find("parallel_run_config")) return false;
  const YamlValue* jobs = root.find("jobs");
  const YamlValue* task = root.find("task");
  return contains(v2_types, text_at(root, "type")) || (jobs && jobs->is_mapping()) || (task && task->is_mapping());
}

std::optional<V2Step> find_v2_step(ReadContext& context, const YamlValue& root, const std::string& step) {
  const std::string type = text_at(root, "type");
  if (type == "pipeline" || (type.empty() && root.find("jobs"))) return step_of_pipeline(context, root, step);
  if (!is_parallel(root)) {
    context.notes.mistake(root.find("type")->place,
                          "type is " + in_quotes(type) + "; allowed: parallel, or a pipeline with a step of that type");
    return std::nullopt;
  }
  if (!step.empty())
    context.notes.mistake(
        root.place, "--step " + in_quotes(step) + " is given, and this file is one component; allowed: without --step");
  V2Step found;
  found.name = text_at(root, "name");
  found.within = "the component";
  found.keys = own_keys(root);
  take_ports(found, root, YamlValue{});
  return found;
}

}  // namespace prs
