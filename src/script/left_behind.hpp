#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "script/host_process.hpp"
#include "support/clock.hpp"

namespace prs {

/// Processes that were killed and hang in the kernel (a dead file server): they are waited for, and others take their
/// place. `Owner` has a process() and add_poll_fds().
template <typename Owner>
class LeftBehind {
 public:
  /// Whoever is not gone by then is left behind.
  static constexpr Duration patience = std::chrono::seconds(5);

  /// Says so for the log. `what`: "a process of the entry script".
  std::string add(std::unique_ptr<Owner> owner, const std::string& what) {
    const std::string number = std::to_string(owner->process().host_pid());
    owners_.push_back(std::move(owner));
    return what + " (process id " + number +
           ") cannot be killed: it hangs in the kernel, perhaps on a file server; it is left behind";
  }
  /// Forgets those that are gone.
  void release() {
    for (const auto& owner : owners_) owner->process().poll();
    std::erase_if(owners_, [](const auto& owner) { return owner->process().is_gone(); });
  }
  bool is_empty() const { return owners_.empty(); }
  void add_poll_fds(std::vector<pollfd>& fds) const {
    for (const auto& owner : owners_) owner->add_poll_fds(fds);
  }

 private:
  std::vector<std::unique_ptr<Owner>> owners_;
};

}  // namespace prs
