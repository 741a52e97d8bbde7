#include "farm/hosts_question.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "farm/host_settings.hpp"
#include "farm/packages_question.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// Each host opens each of them, so of a long list the first ones stand for all.
constexpr std::size_t most_paths_of_input = 16;

struct Paths {
  std::vector<SharedPath>& all;

  void add(const std::string& what, const std::string& path, bool is_required = true) {
    if (std::optional<SharedPath> found = shared_path_of(what, path, is_required)) all.push_back(std::move(*found));
  }
};

void add_interpreter(Paths& paths, const RunConfig& config) {
  const InterpreterChoice choice = interpreter_choice(config);
  if (choice.kind == InterpreterChoice::Kind::container) paths.add("container image", choice.value);
  try {
    SharedPath program;
    program.what = "interpreter";
    program.kind = SharedPath::Kind::program;
    program.path = program_of(choice, own_environment());
    if (program.path.starts_with('/')) paths.all.push_back(std::move(program));
  } catch (const UserError&) {
    // Not on this host either, which find_interpreter() says.
  }
}

/// The folder itself, or the one in which it will be made.
void add_run_folder(HostsQuestion& question, const RunConfig& config) {
  const std::string folder = nearest_existing(config.output);
  std::optional<SharedPath> path = shared_path_of("run folder", folder);
  if (!path || path->kind != SharedPath::Kind::folder) return;  // said when it is opened
  question.mark = std::make_unique<FolderMark>(folder);
  path->mark = question.mark->name();
  path->has_entries = false;  // the mark says more
  if (folder != config.output) path->what = "folder of the run folder";
  question.paths.push_back(std::move(*path));
}

}  // namespace

HostsQuestion hosts_question(const RunConfig& config) {
  HostsQuestion question;
  Paths paths{question.paths};
  paths.add("entry script", config.entry_script_path());
  paths.add("source directory", config.import_folder());
  for (const InputConfig& input : config.inputs)
    for (std::size_t i = 0; i < std::min(most_paths_of_input, input.paths.size()); ++i)
      paths.add("input '" + input.name + "'", nearest_existing(input.paths[i]));
  add_interpreter(paths, config);
  for (SharedPath& package : packages_of(config)) question.paths.push_back(std::move(package));
  add_run_folder(question, config);
  for (const auto& [name, path] : config.side_inputs) paths.add("side input '" + name + "'", path, false);
  for (const auto& [name, model] : config.models) paths.add("model '" + name + "'", model.path, false);
  return question;
}

}  // namespace prs
