#include "script/orphans.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>

#include "support/process_stat.hpp"

namespace prs {
namespace {

/// The keepers of this process that are not reaped. The lock also covers starting and reaping them: else a keeper could
/// be a child for a moment that is in no list, and be taken for an orphan.
std::mutex keepers_lock;
std::set<pid_t>& keepers() {
  static std::set<pid_t> all;
  return all;
}

/// Saves the walk through /proc, which is long on a large node, in a worker that has one keeper at a time.
bool has_no_child() {
  siginfo_t ignored{};
  return ::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 && errno == ECHILD;
}

}  // namespace

/// By a walk through /proc: not every kernel has /proc/…/children. What is below an orphan that died meanwhile is
/// missed, but then the dead one is found, for nobody else reaps it.
std::vector<Orphans::Child> Orphans::children() {
  std::vector<Child> found;
  if (has_no_child()) return found;
  for (const ProcessStat& process : all_processes())
    if (process.parent == ::getpid()) found.push_back({process.pid, process.started_ticks});
  return found;
}

pid_t Orphans::start(const std::function<pid_t()>& spawn) {
  const std::lock_guard lock(keepers_lock);
  static const int is_subreaper = ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  static_cast<void>(is_subreaper);
  older_ = children();
  const pid_t keeper = spawn();
  if (keeper > 0) keepers().insert(keeper);
  return keeper;
}

pid_t Orphans::reap_keeper(pid_t keeper, int& status) {
  const std::lock_guard lock(keepers_lock);
  const pid_t got = ::waitpid(keeper, &status, WNOHANG);
  if (got == keeper || (got < 0 && errno != EINTR)) keepers().erase(keeper);
  return got;
}

bool Orphans::clear() {
  const std::lock_guard lock(keepers_lock);
  bool is_clear = true;
  for (const Child& child : children()) {
    if (keepers().contains(child.pid) || std::ranges::find(older_, child) != older_.end()) continue;
    is_clear = false;
    // Its number can't have passed to another process: only this process reaps it.
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, WNOHANG | __WALL);
  }
  return is_clear;
}

}  // namespace prs
