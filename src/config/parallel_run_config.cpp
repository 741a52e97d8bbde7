#include "prs/parallel_run_config.hpp"

#include "config/paths.hpp"
#include "config/section.hpp"
#include "config/v2_step.hpp"
#include "config/yaml_text.hpp"
#include "support/log.hpp"

namespace prs {
namespace {

const std::string section_name = "parallel_run_config";

/// The entry script's text is the folder's matter with a source_directory, and its own file's without one.
void read_entry_script_place(ReadContext& context, const YamlValue& mapping, ParallelRunConfig& config) {
  const YamlValue* value = mapping.find("entry_script");
  if (!value || config.entry_script.empty()) return;
  const bool should_have_folder = mapping.find("source_directory") != nullptr;
  if (should_have_folder && !config.source_directory) return;  // noted already
  if (!config.source_directory) {
    config.written_relative.entry_script = !config.entry_script.starts_with("/");
    config.entry_script = absolute_path(context.notes.source_of(value->place).folder, config.entry_script);
  }
  if (!context.checks_files) return;
  const std::string path = entry_script_file(config.source_directory.value_or("/"), config.entry_script);
  if (!is_file(path))
    context.notes.mistake(value->place, "entry_script is " + found_text(*value) + ", and there is no file " +
                                            in_quotes(path) + "; allowed: a file's path or a dotted module name" +
                                            (config.source_directory ? ", relative to source_directory" : "") +
                                            nearest_file_hint(path));
}

}  // namespace

ParallelRunConfig read_whole_parallel_run_config(ReadContext& context, const YamlValue& mapping) {
  ParallelRunConfig config = read_parallel_run_config(context, mapping);
  if (mapping.is_mapping()) note_missing_keys(context, Section::parallel_run_config, section_name, mapping);
  return config;
}

ParallelRunConfig read_parallel_run_config(ReadContext& context, const YamlValue& mapping) {
  ParallelRunConfig config;
  if (!read_section(context, {section_name}, mapping, config)) return config;
  read_entry_script_place(context, mapping, config);
  const YamlValue* keys = mapping.find("partition_keys");
  if (keys && mapping.find("mini_batch_size"))
    context.notes.mistake(keys->place, "partition_keys and mini_batch_size are both given; allowed: one of them");
  return config;
}

ParallelRunConfig ParallelRunConfig::load_yaml(const std::string& path) {
  std::vector<std::string> warnings;
  ParallelRunConfig config = load_yaml(path, warnings);
  for (const std::string& warning : warnings) log().warn("{}", warning);
  return config;
}

ParallelRunConfig ParallelRunConfig::load_yaml(const std::string& path, std::vector<std::string>& warnings) {
  Notes notes;
  const int source = notes.add_source({path, folder_of(path), true});
  ReadContext context{notes};
  ParallelRunConfig config;
  const auto root = read_yaml_file(path, source, notes);
  if (root && is_v2(*root))
    notes.mistake(root->place, "is a v2 file; allowed: a v1 parallel_run_config (prs_mpi config FILE shows such keys)");
  else if (const YamlValue* mapping = root ? v1_mapping(*root, notes) : nullptr)
    config = read_whole_parallel_run_config(context, *mapping);
  notes.throw_mistakes();
  for (std::string& warning : notes.warnings()) warnings.push_back(std::move(warning));
  return config;
}

}  // namespace prs
