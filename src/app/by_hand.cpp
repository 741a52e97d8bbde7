#include "app/by_hand.hpp"

#include <exception>

#include "app/explain.hpp"
#include "app/verbs.hpp"

namespace prs {

ExitStatus run_by_hand(int argc, char** argv,
                       const std::function<ExitStatus(const CommandLine&, const RunConfig&)>& launch) {
  const ParsedCommandLine parsed = parse_command_line(argc, argv);
  const CommandLine& line = parsed.command_line;
  try {
    if (parsed.is_over || !is_job(line)) return run_without_workers(parsed);
    const RunConfig config = load_run_config(line.config_file, line.overrides);
    return launch(line, config);
  } catch (const std::exception& error) {
    return explain(error);
  }
}

}  // namespace prs
