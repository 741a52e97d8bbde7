// ParallelRunConfig::save_to_yaml().
#include "config/option_table.hpp"
#include "config/paths.hpp"
#include "config/section.hpp"
#include "prs/parallel_run_config.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string v1_text(const ParallelRunConfig& config, const std::string& folder) {
  std::string text;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const std::string value = access_of<ParallelRunConfig>(*option).text(config, {folder, true});
    if (!value.empty()) text += (option->v1_key.empty() ? option->key : option->v1_key) + ": " + value + "\n";
  }
  return text;
}

/// A file that load_yaml() would refuse, or take for something else, is never written.
void check_text(const std::string& text, const ParallelRunConfig& config, const std::string& path) {
  Notes notes;
  const int source = notes.add_source({path, folder_of(path), false});
  notes.make_lenient(source);
  ReadContext context{notes, false};
  const auto root = parse_yaml(text, source, notes);
  const YamlValue* mapping = root ? v1_mapping(*root, notes) : nullptr;
  const ParallelRunConfig loaded = mapping ? read_whole_parallel_run_config(context, *mapping) : ParallelRunConfig{};
  notes.throw_mistakes();
  ParallelRunConfig wanted = config;
  // Relative paths of a value that was never loaded are relative to the working folder; they are absolute afterwards.
  if (wanted.source_directory) wanted.source_directory = loaded.source_directory;
  if (!wanted.source_directory) wanted.entry_script = loaded.entry_script;
  if (wanted.environment && loaded.environment && wanted.environment->kind == loaded.environment->kind)
    wanted.environment = loaded.environment;
  if (!(loaded == wanted))
    throw ConfigurationError(
        {{path, 0, 0, "a value cannot be written so that it loads to the same again; nothing was saved"}});
}

}  // namespace

void ParallelRunConfig::save_to_yaml(const std::string& path) const {
  const std::string text = v1_text(*this, folder_of(path));
  check_text(text, *this, path);
  try {
    write_file_atomically(absolute_path(working_folder(), path), text);
  } catch (const InfrastructureError& error) {
    throw ConfigurationError({{path, 0, 0, error.what()}});
  }
}

}  // namespace prs
