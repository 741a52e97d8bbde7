#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace prs {

/// One keeper as a child of this process, and what it leaves behind when it is killed itself. As a subreaper this
/// process inherits the orphans of a killed keeper, wherever they put themselves by setsid() or a second fork; clear()
/// ends them (rule 7.6). HostProcess calls it. It never touches a child that is older than its keeper, nor another
/// living keeper. When this process and the keeper are killed at the same time nobody inherits for us: the host itself
/// dies (PR_SET_PDEATHSIG), a process of its own making may stay.
class Orphans {
 public:
  /// Starts the keeper: `spawn` gives its process id, or one that is not positive, which is passed on.
  pid_t start(const std::function<pid_t()>& spawn);
  /// waitpid() for the keeper, without waiting.
  pid_t reap_keeper(pid_t keeper, int& status);
  /// Once the keeper is reaped: kills and reaps what became a child of this process by its death. True when nothing is
  /// left; else to be called again, for the children of the killed come next.
  bool clear();

  struct Child {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< tells it from a later process of the same number
    bool operator==(const Child&) const = default;
  };
  /// All children of this process, living and dead.
  static std::vector<Child> children();

 private:
  std::vector<Child> older_;
};

}  // namespace prs
