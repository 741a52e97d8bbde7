#pragma once

#include <atomic>

#include "support/unique_fd.hpp"

namespace prs {

/// A descriptor by which one thread ends another one's rest. Many wake-ups before an acknowledgement cost one system
/// call.
class WakeUp {
 public:
  WakeUp();

  /// By any thread.
  void wake();
  /// By the thread that rests, before it looks at what it was woken for: no wake-up after that is missed.
  void acknowledge();
  /// Readable once somebody woke it after the last acknowledge().
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::atomic<bool> is_signalled_{false};
};

}  // namespace prs
