#pragma once

#include <map>
#include <vector>

#include "support/unique_fd.hpp"

namespace prs {

/// Tells which ranks' processes have ended, of those that run on this host. Elsewhere, and on a kernel before Linux
/// 5.3, silence has to tell.
class ProcessEnds {
 public:
  void watch(int rank, int process_id);
  /// Those that have ended since the last call, some of them where there are many. Never blocks.
  std::vector<int> take();
  /// Readable from when a process ends until it is taken; −1 where none is watched.
  int wake_fd() const { return ended_.get(); }

 private:
  std::map<int, UniqueFd> processes_;  ///< by rank
  UniqueFd ended_;                     ///< epoll over those
};

}  // namespace prs
