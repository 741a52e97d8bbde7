#include "app/rank0.hpp"

#include "app/explain.hpp"
#include "app/verbs.hpp"
#include "farm/run.hpp"

namespace prs {

protocol::Leave serve_as_rank0(const ParsedCommandLine& parsed, const World& world, Transport& transport,
                               const MakeRounds& make_rounds) {
  const CommandLine& line = parsed.command_line;
  MasterEnd end;
  try {
    if (parsed.is_over || line.verb != CommandLine::Verb::run) {
      end.status = run_without_workers(parsed);
    } else {
      const RunConfig config = load_run_config(line.config_file, line.overrides);
      end = run_master(config, {line.is_overwriting, line.is_retrying_failed}, world, transport, make_rounds);
    }
  } catch (const std::exception& error) {
    end.status = explain(error);
  }
  return take_leave(end, world, transport);
}

}  // namespace prs
