#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace prs {

/// What a thread has to write, in order, and how much of it is over. Writes nothing itself.
///
/// Its owner has one lock. Each call says whether it needs that. The counts need none: they are for whoever asks.
class DiskQueue {
 public:
  struct Job {
    std::size_t file;
    std::string bytes;
    std::size_t room_bytes = 0;  ///< not 0: room is tried for so many, at the path in `bytes`
    bool is_line = false;        ///< of a log
    std::uint64_t tickets = 1;   ///< more: small jobs for one file, put together
  };

  // With the lock.
  /// Its ticket; tickets grow by one.
  std::uint64_t add(Job job);
  bool is_empty() const { return waiting_.empty(); }
  std::uint64_t submitted() const { return submitted_; }
  /// For the writing thread, which has nothing left to write: all that waits is its own from now on.
  void take() { taken_.swap(waiting_); }
  /// For the writing thread after a failure: only lines of logs are left to write.
  void take_lines();

  // The writing thread's own, without the lock.
  /// The next job of what was taken; none: it is all written.
  std::optional<Job> next();
  bool has_next() const { return !taken_.empty(); }
  /// `is_written`: else it was tried, and its tickets are never done.
  void set_over(const Job& job, bool is_written);
  void add_lines_over(std::uint64_t lines) { lines_over_.fetch_add(lines, std::memory_order_release); }

  // Without the lock, also for a signal handler.
  /// Before the line's job is added, so that there are never more over than queued.
  void add_line() { lines_.fetch_add(1); }
  bool are_lines_over() const { return lines_over_.load(std::memory_order_acquire) == lines_.load(); }
  /// All tickets up to this one are done.
  std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
  std::uint64_t backlog_bytes() const { return backlog_.load(std::memory_order_relaxed); }

 private:
  std::deque<Job> waiting_;
  std::deque<Job> taken_;
  std::uint64_t submitted_ = 0;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> backlog_{0};
  std::atomic<std::uint64_t> lines_{0}, lines_over_{0};  ///< of logs: queued; written or lost
};

}  // namespace prs
