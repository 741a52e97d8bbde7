#include "mpi/run.hpp"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/exception.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "app/command_line.hpp"
#include "app/rank0.hpp"
#include "app/version.hpp"
#include "cluster/launched.hpp"
#include "cluster/preflight.hpp"
#include "farm/leave.hpp"
#include "farm/worker.hpp"
#include "mpi/gather_world.hpp"
#include "mpi/mpi_transport.hpp"
#include "mpi/shared_memory_place.hpp"
#include "mpi/tally_rounds.hpp"
#include "mpi/watchdog.hpp"
#include "support/build_id.hpp"
#include "support/environment_variable.hpp"

namespace prs {
namespace {

constexpr const char* start_text =
    "prs_mpi: the ranks did not come together in time: was a rank lost while they started, or is a host hung? The same "
    "command goes on; PRS_START_LIMIT=SECONDS gives a slow cluster more time\n";

/// `for_all` seconds, and half a second for each rank: many ranks on few cores take their time.
unsigned limit_seconds(double for_all) {
  constexpr double for_each_rank = 0.5, unknown_ranks = 1000;
  double ranks = launched_ranks().value_or(0);
  if (ranks == 0) ranks = std::atoi(environment_variable("SLURM_NTASKS").c_str());
  return static_cast<unsigned>(for_all + for_each_rank * (ranks > 0 ? ranks : unknown_ranks));
}

/// For MPI_Init and what all ranks do together right after it. A rank that is lost there keeps the others waiting.
unsigned start_limit_seconds() {
  const char* wanted = std::getenv("PRS_START_LIMIT");
  return wanted != nullptr && std::atoi(wanted) > 0 ? static_cast<unsigned>(std::atoi(wanted)) : limit_seconds(60);
}

/// Ranks send each other what only the same build understands.
std::string version_and_build() {
  constexpr std::size_t enough_digits = 12;
  const std::string build = build_id().substr(0, enough_digits);
  return version + (build.empty() ? "" : " (build " + build + ")");
}

/// Each rank knows it by itself: what one version sends the other may not understand.
protocol::Leave leave_for_mismatch(const std::string& text, int rank) {
  const MasterEnd end{ExitStatus::usage};
  if (rank == 0) {
    std::fprintf(stderr, "prs_mpi: %s\n", text.c_str());
    tell_launcher(end);
  }
  return {end.status, false, false, {}};
}

/// `watchdog`: over once all collective calls of the start are; then for the end, in which a disk may hang.
protocol::Leave serve(int argc, char** argv, const boost::mpi::communicator& communicator,
                      std::optional<Watchdog>& watchdog) {
  // A host whose file system hangs is named before the watchdog ends all.
  const LookLimits limits{.answer = std::chrono::seconds(std::min(60U, start_limit_seconds() / 2))};
  const Gathering gathered = gather_world(
      communicator, version_and_build(), [&] { return question_for_hosts(parse_command_line(argc, argv)); }, limits);
  if (const std::string text = version_mismatch(gathered.reports); !text.empty())
    return leave_for_mismatch(text, communicator.rank());
  const World world = gathered.world();
  // Made here, by all: a rank that fails later must not leave the others in a collective.
  const RoundComms rounds = RoundComms::make(communicator);
  watchdog.reset();
  const int rank = communicator.rank();
  RankWatch peers(communicator, world, rank);
  MpiTransport transport(communicator, peers);
  const MakeRounds make_rounds = [&](const Thresholds& thresholds) {
    return std::make_unique<TallyRounds>(rounds, thresholds, peers.can_go_on());
  };
  if (rank == 0) {
    const PreflightVerdict verdict = preflight_verdict(gathered.reports, gathered.paths);
    return serve_as_rank0(parse_command_line(argc, argv), verdict, world, transport, make_rounds);
  }
  Worker worker(world, transport, make_rounds, rank);
  const protocol::Leave leave = worker.serve();
  if (leave.is_at_once) exit_at_once(leave.status);
  watchdog.emplace(limit_seconds(20), "", static_cast<int>(leave.status));
  return leave;
}

}  // namespace

ExitStatus run_rank(int argc, char** argv) {
  constexpr int lost = static_cast<int>(ExitStatus::infrastructure);
  std::optional<Watchdog> watchdog(std::in_place, start_limit_seconds(), start_text, lost);
  place_shared_memory();
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
