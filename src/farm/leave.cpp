#include "farm/leave.hpp"

#include <unistd.h>

#include <cstdio>

#include "cluster/launched.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::chrono::seconds flush_limit{20};

/// After a loss nobody can wait for the others in MPI_Finalize; so that nobody goes while the last message is under
/// way, the living say that they have it.
void see_off(const World& world, Transport& transport) {
  constexpr std::chrono::seconds limit{5};
  std::vector<bool> has_left(static_cast<std::size_t>(world.size()));
  int first_here = 1;  // all below it have left, or are lost: each is looked at once
  const auto is_anybody_waited_for = [&] {
    while (first_here < world.size() &&
           (has_left[static_cast<std::size_t>(first_here)] || transport.peers().is_lost(first_here)))
      ++first_here;
    return first_here < world.size();
  };
  for (const TimePoint end = transport.now() + limit; is_anybody_waited_for() && transport.now() < end;) {
    while (const auto letter = transport.receive())
      if (letter->tag == protocol::Tag::left) has_left[static_cast<std::size_t>(letter->from)] = true;
    transport.peers().take_losses(transport.now());
    std::vector<pollfd> none;
    transport.rest(none, {});
  }
}

}  // namespace

void tell_launcher(const MasterEnd& end) {
  const std::string path = launcher_result_file();
  if (path.empty()) return;
  try {
    write_file_atomically(path, launcher_result_text({end.status, end.is_ended_by_loss}));
  } catch (const InfrastructureError& error) {
    std::fprintf(stderr, "prs_mpi: %s\n", error.what());
  }
}

protocol::Leave take_leave(const MasterEnd& end, const World& world, Transport& transport) {
  tell_launcher(end);
  // A rank that does not answer keeps mpirun waiting. Where a loss ends the job, MPI ends them all.
  if (!end.hung.empty() && !transport.peers().can_go_on()) transport.abort(end.status);
  const protocol::Leave leave{end.status, transport.peers().is_any_lost(), end.is_at_once, end.hung};
  for (const std::uint64_t rank : end.hung) transport.peers().end_by_force(static_cast<int>(rank));
  transport.send_to_workers(world.size(), protocol::Tag::leave, protocol::to_bytes(leave));
  transport.flush(flush_limit);
  if (leave.is_rank_lost || leave.is_at_once) see_off(world, transport);
  return leave;
}

void exit_at_once(ExitStatus status) {
  std::fflush(stdout);
  ::_exit(static_cast<int>(status));
}

}  // namespace prs
