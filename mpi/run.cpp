#include "mpi/run.hpp"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "mpi/closing.hpp"
#include "mpi/explain.hpp"
#include "mpi/host_settings.hpp"
#include "mpi/launcher.hpp"
#include "mpi/mailbox.hpp"
#include "mpi/master.hpp"
#include "mpi/run_start.hpp"
#include "mpi/time_limit_watch.hpp"
#include "mpi/verbs.hpp"
#include "mpi/worker.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string time_stamp() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

ProgressReporter::Options progress_options(const RunFolder& folder) {
  ProgressReporter::Options options;
  options.columns = launcher_terminal_columns();
  options.is_terminal = options.columns > 0;
  if (!options.is_terminal) options.columns = 80;
  options.overview_path = folder.progress_overview(time_stamp());
  options.start = Clock::now();
  return options;
}

std::string start_bytes(const RunConfig& config, const Interpreter& interpreter, const OpenedFolder& opened,
                        std::uint64_t mini_batches) {
  protocol::Start start;
  start.config = to_bytes(config);
  start.interpreter = interpreter;
  start.start = opened.start;
  start.first_part = opened.first_part;
  start.mini_batches = mini_batches;
  start.run_id = config.name + "_" + time_stamp();
  return protocol::to_bytes(start);
}

void say(const std::string& text) {
  std::fprintf(stderr, "prs_mpi: %s\n", text.c_str());
}

bool has_given_up(const History& history, const ParallelRunConfig& config) {
  return std::any_of(history.entries.begin(), history.entries.end(), [&](const History::Entry& entry) {
    return entry.outcome.dequeue_count > 0 && gives_up(entry.outcome, config.run_max_try_or_default());
  });
}

/// What job_result.txt says until this start has ended, or for good where it is killed.
std::string started_text(const RunConfig& config, const RunFolder& folder, const World& world) {
  RunResult result;
  result.name = config.name;
  result.description = config.parallel.description.value_or("");
  result.run_folder = folder.path;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return job_started_text(result, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
                          "host " + world.host_of(0) + ", process " + std::to_string(::getpid()));
}

void tell_launcher(ExitStatus status);

/// A rank does not answer any more, so the end cannot be agreed on: everything is written down, and all ranks are
/// ended.
void abandon(ExitStatus status, MPI_Comm comm) {
  tell_launcher(status);
  MPI_Abort(comm, static_cast<int>(status));
}

/// Rank 0: agree, plan, farm, close.
ExitStatus run_master(const CommandLine& line, const World& world, Mailbox& mailbox, MPI_Comm comm) {
  const TimePoint begun = Clock::now();
  const RunConfig config = load_run_config(line.config_file, line.overrides);
  std::vector<std::string> warnings = config.warnings;
  if (const std::string warning = check_world(config.parallel, world); !warning.empty()) warnings.push_back(warning);
  const Interpreter interpreter = find_interpreter_for(config);
  const FilePlan plan = make_plan(config);
  warnings.insert(warnings.end(), plan.warnings().begin(), plan.warnings().end());
  OpenedFolder opened = open_run_folder(config, plan, {line.is_overwriting, line.is_retrying_failed});
  for (const std::string& warning : warnings) say("warning: " + warning);
  if (opened.is_finished) {
    say("completed by an earlier start, nothing to do; see " + opened.folder.job_result() +
        " (--overwrite runs it again" +
        (has_given_up(opened.history, config.parallel) ? ", --retry-failed only what failed)" : ")"));
    return ExitStatus::completed;
  }
  open_log(opened.folder.master_log(), logging_level_name(config.parallel));
  log().info("{} mini-batches of {} items, {} workers on {}, Python {}", plan.mini_batch_count(), plan.item_count(),
             world.workers(), world.placement_text(), interpreter.version);
  for (const std::string& problem : opened.history.problems) log().warn("{}", problem);

  write_file_atomically(opened.folder.job_result(), started_text(config, opened.folder, world));
  ProgressReporter progress(progress_options(opened.folder));
  TimeLimitWatch time_limit(config.parallel.run_invocation_timeout_or_default());
  Master master(
      {config, plan, world, mailbox, comm, opened.folder, opened.history, opened.start, progress, time_limit});
  opened.history.entries = {};  // the dispatcher has it all
  const std::string start = start_bytes(config, interpreter, opened, plan.mini_batch_count());
  for (int rank = 1; rank < world.size(); ++rank) mailbox.send(rank, protocol::Tag::start, start);
  Closing closing({config, plan, opened.folder, master, world.workers(), progress, begun, warnings});
  const ExitStatus status = closing.run();
  if (master.is_abandoned()) abandon(status, comm);
  return status;
}

void tell_launcher(ExitStatus status) {
  const std::string path = launcher_result_file();
  if (path.empty()) return;
  try {
    write_file_atomically(path, std::to_string(static_cast<int>(status)));
  } catch (const InfrastructureError& error) {
    say(error.what());
  }
}

ExitStatus serve_as_master(const ParsedCommandLine& parsed, const World& world, Mailbox& mailbox, MPI_Comm comm) {
  ExitStatus status;
  try {
    if (parsed.is_over || parsed.command_line.verb != CommandLine::Verb::run)
      status = run_without_workers(parsed);
    else
      status = run_master(parsed.command_line, world, mailbox, comm);
  } catch (const std::exception& error) {
    status = explain(error);
  }
  tell_launcher(status);
  for (int rank = 1; rank < world.size(); ++rank)
    mailbox.send(rank, protocol::Tag::leave, protocol::plain_bytes(status));
  mailbox.flush();
  return status;
}

}  // namespace

ExitStatus run_rank(int argc, char** argv) {
  boost::mpi::environment environment(argc, argv, boost::mpi::threading::funneled);
  const boost::mpi::communicator communicator;
  const World world(communicator);
  // Made here, by all: a rank that fails later must not leave the others in a collective.
  MPI_Comm rounds = MPI_COMM_NULL;
  MPI_Comm_dup(communicator, &rounds);
  Mailbox mailbox(communicator);
  const int rank = communicator.rank();
  try {
    if (rank == 0) return serve_as_master(parse_command_line(argc, argv), world, mailbox, rounds);
    return Worker(world, mailbox, rounds, rank).serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prs_mpi: internal error in rank %d: %s\n", rank, error.what());
    MPI_Abort(communicator, static_cast<int>(ExitStatus::infrastructure));
    return ExitStatus::infrastructure;
  }
}

}  // namespace prs
