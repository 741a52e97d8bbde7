#pragma once

#include <cstdint>
#include <vector>

#include "cluster/world.hpp"
#include "farm/transport.hpp"

namespace prs {

/// How rank 0's part of a start went.
struct MasterEnd {
  ExitStatus status = ExitStatus::completed;
  bool is_ended_by_loss = false;
  std::vector<std::uint64_t> hung = {};  ///< workers that do not answer any more
  bool is_at_once = false;               ///< some disk hangs, and is not waited for
};

/// Rank 0, where it has a launcher. Without this the launcher believes that a rank was lost.
void tell_launcher(const MasterEnd& end);
/// Rank 0 tells the launcher and the workers how it ended. Where a worker does not answer, all ranks may end here.
protocol::Leave take_leave(const MasterEnd& end, const World& world, Transport& transport);

/// Without a word to MPI, which would wait for the others, and leaving alone what may wait for a disk.
[[noreturn]] void exit_at_once(ExitStatus status);

}  // namespace prs
