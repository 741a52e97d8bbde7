#include "script/leftovers.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

#include "support/proc_text.hpp"
#include "support/process_stat.hpp"

namespace prs {
namespace {

/// More than the kernel gives to arguments and environment together.
constexpr std::size_t most_environment_bytes = 8 << 20;

std::string name_of(pid_t process) {
  return "process " + std::to_string(process) + " (" + process_name(process) + ")";
}

/// With all its threads; it is not reaped by this.
bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
         info.si_pid == child;
}

bool has_no_memory(pid_t process) {
  const std::string pages = proc_text(process_file(process, "statm")).value_or("");
  std::string_view rest = pages;
  return next_number(rest) == 0U;
}

}  // namespace

Leftovers::Leftovers(std::string job, Options options) : job_(std::move(job)), options_(std::move(options)) {
  if (!options_.kill) options_.kill = [](pid_t process) { ::kill(process, SIGKILL); };
}

std::vector<std::string> Leftovers::clear(const std::function<Hurry()>& hurry) {
  const TimePoint begun = Clock::now();
  std::optional<TimePoint> killed;
  for (;;) {
    Look found = look();
    const TimePoint now = Clock::now();
    if (now - begun >= options_.unknown_patience)  // some daemons have no first thread for all of their lives
      given_up_.insert(given_up_.end(), found.unknown.begin(), found.unknown.end());
    else if (!found.unknown.empty())
      found.is_settled = false;
    if (found.living.empty() && found.is_settled) return {};
    const Hurry wish = hurry();
    if (!killed && (wish != Hurry::none || now - begun >= options_.patience)) killed = now;
    // Each time: the children of what was killed come next.
    if (killed)
      for (const Orphans::Child& child : found.living) options_.kill(child.pid);
    if (wish == Hurry::leave_now || (killed && now - *killed >= options_.last_patience)) {
      given_up_.insert(given_up_.end(), found.living.begin(), found.living.end());
      std::vector<std::string> names;
      for (const Orphans::Child& child : found.living) names.push_back(name_of(child.pid));
      return names;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(found.living.empty() ? 1 : 20));
  }
}

/// Reaps those of ours that have ended. Nobody else's is reaped: it is not ours to know of its end.
Leftovers::Look Leftovers::look() {
  const auto contains = [](const auto& list, const Orphans::Child& child) {
    return std::find(list.begin(), list.end(), child) != list.end();
  };
  const std::vector<Orphans::Child> children = Orphans::children();
  Look found;
  // A process that ended meanwhile left its children to us: they may have been looked at just before.
  found.is_settled = children == before_;
  before_ = children;
  for (const Orphans::Child& child : children) {
    if (contains(given_up_, child)) continue;
    const bool is_known = contains(ours_, child);
    if (has_ended(child.pid)) {
      if (!is_known) continue;
      ::waitpid(child.pid, nullptr, WNOHANG | __WALL);
      std::erase(ours_, child);
      found.is_settled = false;
    } else if (is_known || has_mark(child.pid)) {
      if (!is_known) ours_.push_back(child);
      found.living.push_back(child);
    } else if (has_no_memory(child.pid)) {
      found.unknown.push_back(child);
    }
  }
  return found;
}

bool Leftovers::has_mark(pid_t process) const {
  const std::string name = std::string(job_variable) + "=";
  const std::string environment = proc_text(process_file(process, "environ"), most_environment_bytes).value_or("");
  std::istringstream variables(environment);
  for (std::string variable; std::getline(variables, variable, '\0');)
    if (variable.starts_with(name) && variable.find("/" + job_) != std::string::npos) return true;
  return false;
}

}  // namespace prs
