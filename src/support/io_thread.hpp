#pragma once

#include <fcntl.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "support/beat.hpp"
#include "support/clock.hpp"
#include "support/disk_queue.hpp"
#include "support/unique_fd.hpp"
#include "support/wake_up.hpp"

namespace prs {

/// Appends bytes to files beside the main thread, in order, and syncs what it wrote within a second (rule 7.1). A slow
/// disk stops it and nobody else. It decides nothing; the first failure is kept for the main thread, and from then on
/// only logs are written. One per rank; rank 0 has a second one for its lease, which no long write may hold up.
///
/// A log is a file that nothing depends on: a line that cannot be written is lost and counted, lines beyond a bounded
/// backlog too, and nothing of it is synced.
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
  /// The same for a file that may exist already.
  FileId open(const std::string& path);
  /// The same two without a look at the disk: the thread makes the file before its first bytes.
  FileId create_later(const std::string& path) { return keep({path, {}, O_EXCL, false}); }
  FileId open_later(const std::string& path) { return keep({path, {}, 0, true}); }  ///< with its folders
  FileId open_log(const std::string& path) { return keep({path, {}, 0, true}); }    ///< with its folders
  /// Queues bytes for the end of the file. The ticket is done once they are written; tickets grow by one.
  std::uint64_t append(FileId file, std::string bytes);
  /// Queues one line for the end of a log; false: too much waits already, and the line is lost.
  bool append_line(FileId log, std::string line);
  /// What the log has lost so far, and why the last of it.
  struct Lost {
    std::uint64_t lines = 0;
    std::string why;
  };
  Lost lost(FileId log) const;
  /// All lines are written or lost. Needs no lock: also for a signal handler.
  bool are_logs_written() const { return queue_.are_lines_over(); }
  /// A ticket that is done once try_room() has found room; where there is none it fails like an append.
  std::uint64_t try_room(std::string path, std::size_t bytes);
  /// All tickets up to this one are written.
  std::uint64_t written() const { return queue_.written(); }
  /// Queued and not written yet, in bytes.
  std::uint64_t backlog_bytes() const { return queue_.backlog_bytes(); }
  /// Readable once something was written or failed after the last wake_acknowledged().
  int wake_fd() const { return wake_.fd(); }
  void wake_acknowledged() { wake_.acknowledge(); }
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
  bool is_repeat_over() const { return beat_.is_over(); }

 private:
  struct File {
    std::string path;
    UniqueFd fd;        ///< none: not opened yet, or a log that could not be written
    int flags;          ///< for opening it, beside those that all have
    bool wants_folder;  ///< its folders have to be made
    bool is_dirty = false;
    std::uint64_t waiting_bytes = 0;  ///< of a log
    Lost lost = {};
  };
  std::uint64_t submit(DiskQueue::Job job);
  FileId keep(File file);
  void serve();
  void serve_all(std::unique_lock<std::mutex>& lock);
  void serve_logs(std::unique_lock<std::mutex>& lock);
  void wait_for_work(std::unique_lock<std::mutex>& lock, TimePoint next_sync);
  void perform();
  File& file_of(std::size_t id);
  void write(File& file, std::string_view bytes);
  void write_lines(File& log, std::string_view bytes, std::uint64_t lines);
  void sync_dirty();
  bool repeat_if_due(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  DiskQueue queue_;
  std::deque<File> files_;
  bool is_stopping_ = false;
  bool is_sync_wanted_ = false;
  bool is_all_synced_ = true;
  std::optional<std::string> failure_;
  Beat beat_;
  WakeUp wake_;
  std::thread thread_;
};

}  // namespace prs
