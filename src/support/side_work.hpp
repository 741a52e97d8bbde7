#pragma once

#include <functional>
#include <memory>
#include <thread>

namespace prs {

/// A thread that gets no signal: they belong to the main thread, whose waits they must interrupt.
std::thread thread_without_signals(std::function<void()> work);

/// One piece of work in a thread of its own, because it may have to wait for a disk: the main thread goes on with what
/// must not wait, and is woken when the work is over. Whoever starts it sees to it that nothing else uses what it uses.
class SideWork {
 public:
  /// Begins at once.
  explicit SideWork(std::function<void()> work);
  /// Waits for its end, unless it was abandoned.
  ~SideWork();
  SideWork(const SideWork&) = delete;
  SideWork& operator=(const SideWork&) = delete;

  bool is_over() const;
  /// Readable once it is over.
  int wake_fd() const;
  /// After its end: throws what the work threw.
  void rethrow() const;
  /// It hangs, and nobody waits for it any more. What it uses must not go away before the process does.
  void abandon() { thread_.detach(); }

 private:
  struct State;  ///< the thread's too
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace prs
