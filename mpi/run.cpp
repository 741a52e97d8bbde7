#include "mpi/run.hpp"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/exception.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>

#include "mpi/closing.hpp"
#include "mpi/explain.hpp"
#include "mpi/host_settings.hpp"
#include "mpi/launcher.hpp"
#include "mpi/mailbox.hpp"
#include "mpi/master.hpp"
#include "mpi/run_start.hpp"
#include "mpi/time_limit_watch.hpp"
#include "mpi/verbs.hpp"
#include "mpi/waiting.hpp"
#include "mpi/watchdog.hpp"
#include "mpi/worker.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

constexpr const char* start_text =
    "prs_mpi: the ranks did not come together in time: was a rank lost while they started, or is a host hung? The same "
    "command goes on; PRS_START_LIMIT=SECONDS gives a slow cluster more time\n";
constexpr std::chrono::seconds flush_limit{20};

/// For names of files and runs.
std::string time_stamp() {
  return utc_now_text("%Y%m%dT%H%M%SZ");
}

ProgressReporter::Options progress_options(const RunFolder& folder, IoThread& io) {
  ProgressReporter::Options options;
  options.columns = launcher_terminal_columns();
  options.is_terminal = options.columns > 0;
  if (!options.is_terminal) options.columns = 80;
  options.overview_path = folder.progress_overview(time_stamp());
  options.io = &io;
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
  start.lease = opened.lease->name();
  start.run_id = config.name + "_" + time_stamp();
  return protocol::to_bytes(start);
}

void say(const std::string& text) {
  std::fprintf(stderr, "prs_mpi: %s\n", text.c_str());
}

/// Of a finished run: all that failed was given up.
bool has_given_up(const History& history) {
  for (std::uint64_t i = 0; i < history.last.mini_batches(); ++i)
    if (history.last.has_failed({i})) return true;
  return false;
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

/// How rank 0's part went.
struct MasterEnd {
  ExitStatus status = ExitStatus::completed;
  bool is_ended_by_loss = false;
  std::vector<std::uint64_t> hung = {};  ///< workers that do not answer any more
  bool is_at_once = false;               ///< some disk hangs, and is not waited for
};

/// Without a word to MPI, which would wait for the others, and leaving alone what may wait for a disk.
[[noreturn]] void exit_at_once(ExitStatus status) {
  std::fflush(stdout);
  ::_exit(static_cast<int>(status));
}

void tell_launcher(const MasterEnd& end) {
  const std::string path = launcher_result_file();
  if (path.empty()) return;
  try {
    write_file_atomically(path, launcher_result_text({end.status, end.is_ended_by_loss}));
  } catch (const InfrastructureError& error) {
    say(error.what());
  }
}

/// Rank 0: agree, plan, farm, close. `take_leave` tells the others how it ended, where this does not come back.
MasterEnd run_master(const CommandLine& line, const World& world, Peers& peers, Mailbox& mailbox, MPI_Comm comm,
                     const std::function<protocol::Leave(const MasterEnd&)>& take_leave) {
  const TimePoint begun = Clock::now();
  const RunConfig config = load_run_config(line.config_file, line.overrides);
  std::vector<std::string> warnings = config.warnings;
  if (const std::string warning = check_world(config.parallel, world); !warning.empty()) warnings.push_back(warning);
  const Interpreter interpreter = find_interpreter_for(config);
  const TimePoint planning = Clock::now();
  const FilePlan plan = make_plan(config);
  const TimePoint planned = Clock::now();
  warnings.insert(warnings.end(), plan.warnings().begin(), plan.warnings().end());
  OpenedFolder opened = open_run_folder(config, plan, {line.is_overwriting, line.is_retrying_failed});
  const TimePoint opened_at = Clock::now();
  for (const std::string& warning : warnings) say("warning: " + warning);
  if (opened.is_finished) {
    say("completed by an earlier start, nothing to do; see " + opened.folder.job_result() +
        " (--overwrite runs it again" + (has_given_up(opened.history) ? ", --retry-failed only what failed)" : ")"));
    return {};
  }
  if (const std::string text = text_of_idle_restarts(opened); !text.empty()) {
    say(text);
    return {ExitStatus::failed};
  }
  IoThread io;
  const OpenLog opened_log(io, opened.folder.master_log(), name_of(config.parallel.logging_level));
  log().info("{} mini-batches of {} items, {} workers on {}, Python {}", plan.mini_batch_count(), plan.item_count(),
             world.workers(), world.placement_text(), interpreter.version);
  log().info("{}", peers.grade_text());
  log().info("planned in {:.3f} s; {} outcomes of {} earlier starts read in {:.3f} s", seconds_of(planned - planning),
             opened.history.outcomes, opened.history.starts(), seconds_of(opened_at - planned));
  for (const std::string& problem : opened.history.problems) log().warn("{}", problem);

  opened.lease->expect_held();
  write_file_atomically(opened.folder.job_result(), started_text(config, opened.folder, world));
  ProgressReporter progress(progress_options(opened.folder, io));
  TimeLimitWatch time_limit(config.parallel.run_invocation_timeout);
  Master master({config, plan, world, peers, mailbox, comm, io, opened.folder, *opened.lease, opened.history,
                 opened.start, opened.is_retrying_failed, progress, time_limit});
  opened.history.last = LastOutcomes();  // the dispatcher has it all
  if (const std::uint64_t reused = master.dispatcher().reused(); reused > 0)
    say(std::to_string(reused) + " of " + std::to_string(plan.mini_batch_count()) +
        " mini-batches were done by earlier starts and are reused");
  const std::string start = start_bytes(config, interpreter, opened, plan.mini_batch_count());
  opened.lease->expect_held();
  for (int rank = 1; rank < world.size(); ++rank) mailbox.send(rank, protocol::Tag::start, start);
  const auto end_with = [&](ExitStatus status) {
    return MasterEnd{status, master.is_ended_by_loss(), master.hung_workers(), master.is_forced()};
  };
  const auto leave_at_once = [&](ExitStatus status) { exit_at_once(take_leave(end_with(status)).status); };
  Closing closing(
      {config, plan, opened.folder, *opened.lease, master, progress, begun, warnings, leave_at_once, opened.output});
  return end_with(closing.run());
}

/// After a loss nobody can wait for the others in MPI_Finalize; so that nobody goes while the last message is under
/// way, the living say that they have it.
void see_off(const World& world, Peers& peers, Mailbox& mailbox) {
  constexpr std::chrono::seconds limit{5};
  std::vector<bool> has_left(static_cast<std::size_t>(world.size()));
  const auto is_waited_for = [&](int rank) {
    return !has_left[static_cast<std::size_t>(rank)] && !peers.is_lost(rank);
  };
  const auto is_anybody_waited_for = [&] {
    for (int rank = 1; rank < world.size(); ++rank)
      if (is_waited_for(rank)) return true;
    return false;
  };
  Waiting waiting;
  std::vector<pollfd> none;
  for (const TimePoint end = Clock::now() + limit; is_anybody_waited_for() && Clock::now() < end;) {
    while (const auto letter = mailbox.receive())
      if (letter->tag == protocol::Tag::left) has_left[static_cast<std::size_t>(letter->from)] = true;
    peers.look(Clock::now());
    waiting.rest(none, {});
  }
}

/// Tells the launcher and the workers how it ended.
protocol::Leave take_leave(const MasterEnd& end, const World& world, Peers& peers, Mailbox& mailbox, MPI_Comm comm) {
  tell_launcher(end);
  // A rank that does not answer keeps mpirun waiting. Where a loss ends the job, MPI ends them all.
  if (!end.hung.empty() && !peers.can_go_on()) MPI_Abort(comm, static_cast<int>(end.status));
  const protocol::Leave leave{end.status, peers.is_any_lost(), end.is_at_once, end.hung};
  for (const std::uint64_t rank : end.hung) peers.end_by_force(static_cast<int>(rank));
  for (int rank = 1; rank < world.size(); ++rank) mailbox.send(rank, protocol::Tag::leave, protocol::to_bytes(leave));
  mailbox.flush(flush_limit);
  if (leave.is_rank_lost || leave.is_at_once) see_off(world, peers, mailbox);
  return leave;
}

/// Rank 0, to the last message.
protocol::Leave serve_as_master(const ParsedCommandLine& parsed, const World& world, Peers& peers, Mailbox& mailbox,
                                MPI_Comm comm) {
  const auto leave_with = [&](const MasterEnd& end) { return take_leave(end, world, peers, mailbox, comm); };
  MasterEnd end;
  try {
    if (parsed.is_over || parsed.command_line.verb != CommandLine::Verb::run)
      end.status = run_without_workers(parsed);
    else
      end = run_master(parsed.command_line, world, peers, mailbox, comm, leave_with);
  } catch (const std::exception& error) {
    end.status = explain(error);
  }
  return leave_with(end);
}

/// `for_all` seconds, and half a second for each rank: many ranks on few cores take their time.
unsigned limit_seconds(double for_all) {
  constexpr double for_each_rank = 0.5, unknown_ranks = 1000;
  const char* ranks = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (ranks == nullptr) ranks = std::getenv("SLURM_NTASKS");
  return static_cast<unsigned>(for_all + for_each_rank * (ranks == nullptr ? unknown_ranks : std::atoi(ranks)));
}

/// `watchdog`: over once all collective calls of the start are; then for the end, in which a disk may hang.
protocol::Leave serve(int argc, char** argv, const boost::mpi::communicator& communicator,
                      std::optional<Watchdog>& watchdog) {
  const World world(communicator);
  // Made here, by all: a rank that fails later must not leave the others in a collective.
  MPI_Comm rounds = MPI_COMM_NULL;
  MPI_Comm_dup(communicator, &rounds);
  watchdog.reset();
  const int rank = communicator.rank();
  Peers peers(communicator, world, rank);
  Mailbox mailbox(communicator, peers);
  if (rank == 0) return serve_as_master(parse_command_line(argc, argv), world, peers, mailbox, rounds);
  Worker worker(world, peers, mailbox, rounds, rank);
  const protocol::Leave leave = worker.serve();
  if (leave.is_at_once) exit_at_once(leave.status);
  watchdog.emplace(limit_seconds(20), "", static_cast<int>(leave.status));
  return leave;
}

/// For MPI_Init and what all ranks do together right after it. A rank that is lost there keeps the others waiting.
unsigned start_limit_seconds() {
  const char* wanted = std::getenv("PRS_START_LIMIT");
  return wanted != nullptr && std::atoi(wanted) > 0 ? static_cast<unsigned>(std::atoi(wanted)) : limit_seconds(60);
}

}  // namespace

ExitStatus run_rank(int argc, char** argv) {
  constexpr int lost = static_cast<int>(ExitStatus::infrastructure);
  std::optional<Watchdog> watchdog(std::in_place, start_limit_seconds(), start_text, lost);
  std::optional<boost::mpi::environment> environment(std::in_place, argc, argv, boost::mpi::threading::funneled);
  const boost::mpi::communicator communicator;
  protocol::Leave leave;
  try {
    leave = serve(argc, argv, communicator, watchdog);
  } catch (const boost::mpi::exception& error) {
    std::fprintf(stderr, "prs_mpi: a rank was lost while the job started (%s); the same command goes on\n",
                 error.what());
    MPI_Abort(communicator, lost);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prs_mpi: internal error in rank %d: %s\n", communicator.rank(), error.what());
    MPI_Abort(communicator, lost);
  }
  if (leave.is_at_once) exit_at_once(leave.status);
  if (leave.is_rank_lost) {  // MPI_Finalize would wait for it
    std::fflush(nullptr);
    ::_exit(static_cast<int>(leave.status));
  }
  watchdog.emplace(limit_seconds(20), "", static_cast<int>(leave.status));
  environment.reset();
  watchdog.reset();
  return leave.status;
}

}  // namespace prs
