#include "script/leftovers.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <thread>

namespace prs {
namespace {

std::string name_of(pid_t process) {
  const std::string number = std::to_string(process);
  std::string name;
  std::getline(std::ifstream("/proc/" + number + "/comm"), name);
  return "process " + number + " (" + name + ")";
}

}  // namespace

Leftovers::Leftovers(std::string job, Options options) : job_(std::move(job)), options_(std::move(options)) {
  if (!options_.kill) options_.kill = [](pid_t process) { ::kill(process, SIGKILL); };
}

std::vector<std::string> Leftovers::clear(const std::function<Hurry()>& hurry) {
  const TimePoint begun = Clock::now();
  std::optional<TimePoint> killed;
  for (;;) {
    const std::vector<Orphans::Child> left = living();
    if (left.empty()) return {};
    const TimePoint now = Clock::now();
    const Hurry wish = hurry();
    if (!killed && (wish != Hurry::none || now - begun >= options_.patience)) killed = now;
    // Each time: the children of what was killed come next.
    if (killed)
      for (const Orphans::Child& child : left) options_.kill(child.pid);
    if (wish == Hurry::leave_now || (killed && now - *killed >= options_.last_patience)) {
      given_up_.insert(given_up_.end(), left.begin(), left.end());
      std::vector<std::string> names;
      for (const Orphans::Child& child : left) names.push_back(name_of(child.pid));
      return names;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Ours that have not ended; reaps those that have. Nobody else's is reaped either: it is not ours to know of its end.
std::vector<Orphans::Child> Leftovers::living() {
  const auto contains = [](const auto& list, const Orphans::Child& child) {
    return std::find(list.begin(), list.end(), child) != list.end();
  };
  std::vector<Orphans::Child> found;
  for (const Orphans::Child& child : Orphans::children()) {
    if (contains(given_up_, child)) continue;
    // One that has ended shows no environment any more.
    if (!contains(ours_, child)) {
      if (!is_ours(child.pid)) continue;
      ours_.push_back(child);
    }
    if (::waitpid(child.pid, nullptr, WNOHANG | __WALL) == child.pid)
      std::erase(ours_, child);
    else
      found.push_back(child);
  }
  return found;
}

bool Leftovers::is_ours(pid_t process) const {
  const std::string mark = std::string(job_variable) + "=";
  std::ifstream environment("/proc/" + std::to_string(process) + "/environ", std::ios::binary);
  for (std::string variable; std::getline(environment, variable, '\0');)
    if (variable.starts_with(mark) && variable.find("/" + job_) != std::string::npos) return true;
  return false;
}

}  // namespace prs
