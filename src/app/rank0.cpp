#include "app/rank0.hpp"

#include <utility>

#include "app/batch_job.hpp"
#include "app/explain.hpp"
#include "app/same_command.hpp"
#include "app/verbs.hpp"
#include "farm/hosts_question.hpp"
#include "farm/run.hpp"

namespace prs {
namespace {

bool is_job_of_workers(const ParsedCommandLine& parsed) {
  return !parsed.is_over && is_job(parsed.command_line);
}

RunRequest request_of(const CommandLine& line, const World& world) {
  return {{line.is_overwriting, line.is_retrying_failed}, command_to_go_on(line, world.size()), line.speech};
}

}  // namespace

HostsQuestion question_for_hosts(const ParsedCommandLine& parsed) {
  if (!is_job_of_workers(parsed)) return {};
  try {
    return hosts_question(load_run_config(parsed.command_line.config_file, parsed.command_line.overrides));
  } catch (const std::exception&) {
    return {};
  }
}

protocol::Leave serve_as_rank0(const ParsedCommandLine& parsed, const PreflightVerdict& preflight, const World& world,
                               Transport& transport, const MakeRounds& make_rounds) {
  const CommandLine& line = parsed.command_line;
  MasterEnd end;
  try {
    if (!is_job_of_workers(parsed)) {
      end.status = run_without_workers(parsed);
    } else {
      RunConfig config = load_run_config(line.config_file, line.overrides);
      if (std::string doubt = doubt_about_this_machine(config, line.config_file); !doubt.empty())
        config.warnings.push_back(std::move(doubt));
      end = run_master(config, request_of(line, world), preflight, world, transport, make_rounds);
    }
  } catch (const std::exception& error) {
    end.status = explain(error);
  }
  return take_leave(end, world, transport);
}

}  // namespace prs
