#include "farm/run.hpp"

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "cluster/launched.hpp"
#include "dataset/quote_survey.hpp"
#include "farm/command_question.hpp"
#include "farm/host_settings.hpp"
#include "farm/master.hpp"
#include "farm/planning.hpp"
#include "farm/quote_states_file.hpp"
#include "farm/run_phases.hpp"
#include "farm/table_schema.hpp"
#include "report/run_figures.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"
#include "support/log_echo.hpp"
#include "support/posix_io.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

/// For names of files and runs.
std::string time_stamp() {
  return utc_now_text("%Y%m%dT%H%M%SZ");
}

ProgressReporter::Options progress_options(const RunFolder& folder, IoThread& io, RunLease& lease,
                                           StatusFile& status_file, const Speech& speech, TimePoint begun) {
  ProgressReporter::Options options;
  options.columns = launcher_terminal_columns();
  options.is_terminal = options.columns > 0;
  if (!options.is_terminal) options.columns = 80;
  options.is_coloured = options.is_terminal && wants_colours(speech);
  options.is_quiet = speech.is_quiet;
  options.overview_path = folder.progress_overview(time_stamp());
  options.io = &io;
  options.start = begun;
  options.publish = [&](const Progress& progress, const Pace& pace) {
    if (!lease.loss()) status_file.publish(progress, pace);
  };
  return options;
}

std::string start_bytes(const RunConfig& config, const Interpreter& interpreter, const OpenedFolder& opened,
                        const std::string& table_schema, std::uint64_t mini_batches) {
  protocol::Start start;
  start.config = to_bytes(config);
  start.interpreter = interpreter;
  start.start = opened.start;
  start.first_part = opened.first_part;
  start.mini_batches = mini_batches;
  start.lease = opened.lease->name();
  start.table_schema = table_schema;
  start.run_id = config.name + "_" + time_stamp();
  return protocol::to_bytes(start);
}

void say(const std::string& text) {
  std::fprintf(stderr, "prs_mpi: %s\n", text.c_str());
}

/// For --verbose: a line of the log stands above the live line, if there is one by then.
std::function<void(const std::string&)> said_beside(ProgressReporter*& progress) {
  return [&progress](const std::string& line) {
    if (progress) progress->clear();
    std::fprintf(stderr, "prs_mpi: %s", line.c_str());
  };
}

void say_what_is_done(const RunConfig& config, const Plan& plan, const Master& master) {
  const std::uint64_t mini_batches = config.slicing.range_of(plan.mini_batch_count()).size();
  if (config.slicing.is_join())
    say("joining what " + counted(config.slicing.count, "slice has", "slices have") + " done of " +
        counted(mini_batches, "mini-batch", "mini-batches"));
  else if (const std::uint64_t reused = master.dispatcher().reused(); reused > 0)
    say(std::to_string(reused) + " of " + std::to_string(mini_batches) +
        " mini-batches were done by earlier starts and are reused");
}

/// Of a finished run: all that failed was given up.
bool has_given_up(const History& history) {
  for (std::uint64_t i = 0; i < history.last.mini_batches(); ++i)
    if (history.last.has_failed({i})) return true;
  return false;
}

/// The world and its hosts are such that the run can be right, or it ends here. Returns the warnings of the start.
std::vector<std::string> agree(const RunConfig& config, const PreflightVerdict& preflight, const World& world) {
  std::vector<std::string> warnings = config.warnings;
  const ParallelRunSettings& parallel = config.parallel;
  // Any workers can put rows together.
  const bool is_join = config.slicing.is_join();
  for (std::string warning : {check_world(is_join ? std::nullopt : parallel.node_count,
                                          is_join ? std::nullopt : parallel.process_count_per_node, world),
                              warning_of_little_room(config.output)})
    if (!warning.empty()) warnings.push_back(std::move(warning));
  if (!preflight.error.empty()) {
    if (preflight.is_infrastructure) throw InfrastructureError(preflight.error);
    throw UserError(preflight.error);
  }
  warnings.insert(warnings.end(), preflight.warnings.begin(), preflight.warnings.end());
  return warnings;
}

/// What people are told of this start until it has ended, or for good where it is killed.
RunStatus status_at_start(const RunConfig& config, const RunRequest& request, const OpenedFolder& opened,
                          const World& world, TimePoint begun) {
  RunStatus status;
  status.result.name = config.name;
  status.result.description = config.parallel.description.value_or("");
  status.result.run_folder = opened.folder.path;
  status.result.slicing = config.slicing;
  status.result.command = request.command;
  status.started_unix_nanoseconds = unix_nanoseconds_now() - std::chrono::nanoseconds(Clock::now() - begun).count();
  status.holder = "host " + world.host_of(0) + ", process " + std::to_string(::getpid());
  status.lease = opened.lease->name();
  status.launcher = launcher_process();
  return status;
}

/// For the report's page, which people show to others: without the values of environment variables, where passwords
/// may stand.
std::string understood_config(const RunConfig& config) {
  RunConfig shown = config;
  for (auto& [name, value] : shown.parallel.environment_variables) value = "(not shown)";
  return config_heading(config.file) + text_of(shown);
}

/// What is still to be found out of the run's tables before any can be handed out; none: nothing is.
std::unique_ptr<QuoteSurvey> survey_of(Plan& plan, const RunFolder& folder) {
  auto survey = quote_survey_of(plan);
  return survey && load_quote_states(folder.quote_states(), survey->plan()) ? nullptr : std::move(survey);
}

}  // namespace

MasterEnd run_master(const RunConfig& config, const RunRequest& request, const PreflightVerdict& preflight,
                     const World& world, Transport& transport, const MakeRounds& make_rounds) {
  const TimePoint begun = Clock::now();
  std::vector<std::string> warnings = agree(config, preflight, world);
  const Interpreter interpreter = find_interpreter_for(config);
  const TimePoint planning = Clock::now();
  const auto made_plan = make_plan(config, interpreter);
  const Plan& plan = *made_plan;
  const TimePoint planned = Clock::now();
  warnings.insert(warnings.end(), plan.warnings().begin(), plan.warnings().end());
  OpenedFolder opened = open_run_folder(config, plan, request.open);
  const TimePoint opened_at = Clock::now();
  for (const std::string& warning : warnings)
    if (!request.speech.is_quiet) say("warning: " + warning);
  if (opened.is_finished) {
    say("completed by an earlier start, nothing to do; see " + opened.folder.job_result() +
        (config.slicing.is_join()       ? " (--overwrite joins the slices again)"
         : has_given_up(opened.history) ? " (--overwrite runs it again, --retry-failed only what failed)"
                                        : " (--overwrite runs it again)"));
    return {};
  }
  if (const std::string text = text_of_idle_restarts(opened); !text.empty()) {
    say(text);
    return {ExitStatus::failed};
  }
  const auto survey = survey_of(*made_plan, opened.folder);
  const std::string schema = table_schema_of_run(config, plan, interpreter, opened.folder);
  IoThread io;
  ProgressReporter* shown = nullptr;
  const OpenLog opened_log(io, opened.folder.master_log(), name_of(config.parallel.logging_level));
  const LogEcho echo(request.speech.is_verbose ? said_beside(shown) : nullptr);
  log().info("{} of {}, {} on {}, Python {}", counted(plan.mini_batch_count(), "mini-batch", "mini-batches"),
             plan.content_text(), counted(world.workers(), "worker", "workers"), world.placement_text(),
             interpreter.version);
  log().info("{}", transport.peers().grade_text());
  log().info("planned in {:.3f} s; {} outcomes of {} earlier starts read in {:.3f} s", seconds_of(planned - planning),
             opened.history.outcomes, opened.history.starts(), seconds_of(opened_at - planned));
  for (const std::string& problem : opened.history.problems) log().warn("{}", problem);

  opened.lease->expect_held();
  StatusFile status_file(opened.folder.status(), status_at_start(config, request, opened, world, begun));
  write_file_atomically(opened.folder.job_result(), job_started_text(status_file.status()));
  write_file_atomically(opened.folder.understood_config(), understood_config(config));
  ProgressReporter progress(progress_options(opened.folder, io, *opened.lease, status_file, request.speech, begun));
  shown = &progress;
  PageRefresh page(opened.folder, config.slicing.is_join(), Clock::now());
  TimeLeft time_left(config.parallel.run_invocation_timeout, ask_command);
  Master master({config, plan, world, transport, make_rounds, io, opened.folder, *opened.lease, opened.history,
                 opened.start, opened.is_retrying_failed, progress, page, time_left, survey.get(),
                 opened.joined.get()});
  opened.history.last = LastOutcomes();  // the dispatcher has it all
  if (!request.speech.is_quiet) say_what_is_done(config, plan, master);
  const std::string start = start_bytes(config, interpreter, opened, schema, plan.mini_batch_count());
  opened.lease->expect_held();
  transport.send_to_workers(world.size(), protocol::Tag::start, start);
  const auto end_with = [&](ExitStatus status) {
    return MasterEnd{status, master.is_ended_by_loss(), master.hung_workers(), master.is_forced()};
  };
  const auto leave_at_once = [&](ExitStatus status) {
    exit_at_once(take_leave(end_with(status), world, transport).status);
  };
  RunPhases phases({config, plan, interpreter, opened.folder, *opened.lease, master, progress, page, status_file,
                    launcher_terminal_columns() > 0 && wants_colours(request.speech), request.speech.is_quiet, begun,
                    warnings, leave_at_once, opened.output, opened.joined.get()});
  return end_with(phases.run());
}

}  // namespace prs
