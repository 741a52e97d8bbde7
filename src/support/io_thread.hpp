#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/clock.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Appends bytes to files beside the main thread, in order, and syncs what it wrote within a second (SPEC 7.1). A slow
/// disk stops it and nobody else. It decides nothing; the first failure stops it and is kept for the main thread.
/// One per rank; rank 0 has a second one for its lease, which no long write may hold up.
class IoThread {
 public:
  /// A file that is being appended to.
  struct FileId {
    std::size_t value = 0;
  };

  IoThread();
  ~IoThread();  ///< finishes what was submitted
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// Makes the file, which must not exist (O_EXCL). In the calling thread; throws InfrastructureError.
  FileId create(const std::string& path);
  /// The same for a file that may exist already: a log.
  FileId open(const std::string& path);
  /// Queues bytes for the end of the file. The ticket is done once they are written; tickets grow by one.
  std::uint64_t append(FileId file, std::string bytes);
  /// A ticket that is done once try_room() has found room; where there is none it fails like an append.
  std::uint64_t try_room(std::string path, std::size_t bytes);
  /// All tickets up to this one are written.
  std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
  /// Queued and not written yet, in bytes.
  std::uint64_t backlog_bytes() const { return backlog_.load(std::memory_order_relaxed); }
  /// Readable once something was written or failed after the last wake_acknowledged().
  int wake_fd() const { return wake_.get(); }
  void wake_acknowledged();
  /// The first failure: what, on which path, and why.
  std::optional<std::string> failure() const;
  /// Waits until all is written and synced. Blocks: only where nothing else can go on.
  void finish();
  /// Writes and syncs the rest in the background; synced() tells when. Never blocks.
  void sync_soon();
  bool is_synced() const;

  /// Appends `bytes` to the file every `interval` from now on, also while the main thread is busy. Before each time it
  /// looks: once the file has lost its name, or `rival` names one, nothing is appended any more.
  void repeat(FileId file, std::string bytes, Duration interval, std::string rival);
  void stop_repeating();
  /// Such a look ended it. Why, and what follows, is for the main thread to find out.
  bool is_repeat_over() const { return is_repeat_over_.load(std::memory_order_acquire); }

 private:
  struct File {
    std::string path;
    UniqueFd fd;
    bool is_dirty = false;
  };
  struct Job {
    std::size_t file;
    std::string bytes;
    std::size_t room_bytes = 0;  ///< not 0: room is tried for so many, at the path in `bytes`
  };
  struct Repeat {
    FileId file;
    std::string bytes;
    Duration interval{};
    std::string rival;
    TimePoint due{};
  };
  std::uint64_t submit(Job job);
  FileId keep(const std::string& path, UniqueFd fd);
  void serve();
  void perform(std::deque<Job>& jobs);
  void sync_dirty();
  bool repeat_if_due(std::unique_lock<std::mutex>& lock);
  void wake();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::deque<File> files_;
  std::uint64_t submitted_ = 0;
  bool is_stopping_ = false;
  bool is_sync_wanted_ = false;
  bool is_all_synced_ = true;
  std::optional<std::string> failure_;
  std::optional<Repeat> repeat_;
  std::atomic<bool> is_repeat_over_{false};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> backlog_{0};
  std::atomic<bool> is_awake_signalled_{false};
  UniqueFd wake_;
  std::thread thread_;
};

}  // namespace prs
