#include "support/io_thread.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/side_work.hpp"

namespace prs {
namespace {
constexpr std::chrono::milliseconds sync_interval{500};
constexpr int appending = O_WRONLY | O_CREAT | O_APPEND;
constexpr std::size_t most_waiting_bytes = 1 << 20;  ///< of one log

/// Whether `path` still names the open file. What a file server does not tell right now counts as yes.
bool is_named(int fd, const std::string& path) {
  struct stat named {
  }, open{};
  if (::stat(path.c_str(), &named) != 0) return errno != ENOENT && errno != ENOTDIR && errno != ESTALE;
  if (::fstat(fd, &open) != 0) return errno != ESTALE;
  return named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

}  // namespace

IoThread::IoThread() {
  thread_ = thread_without_signals([this] { serve(); });
}

IoThread::~IoThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

IoThread::FileId IoThread::create(const std::string& path) {
  return keep({path, open_file(path, appending | O_EXCL), 0, false});
}

IoThread::FileId IoThread::open(const std::string& path) {
  return keep({path, open_file(path, appending), 0, false});
}

IoThread::FileId IoThread::keep(File file) {
  const std::lock_guard lock(mutex_);
  files_.push_back(std::move(file));
  return {files_.size() - 1};
}

std::uint64_t IoThread::append(FileId file, std::string bytes) {
  return submit({file.value, std::move(bytes)});
}

bool IoThread::append_line(FileId log, std::string line) {
  {
    const std::lock_guard lock(mutex_);
    File& file = files_[log.value];
    if (file.waiting_bytes + line.size() > most_waiting_bytes) {
      ++file.lost.lines;
      file.lost.why = "the disk was too slow";
      return false;
    }
    file.waiting_bytes += line.size();
  }
  queue_.add_line();
  submit({log.value, std::move(line), 0, true});
  return true;
}

IoThread::Lost IoThread::lost(FileId log) const {
  const std::lock_guard lock(mutex_);
  return files_[log.value].lost;
}

std::uint64_t IoThread::try_room(std::string path, std::size_t bytes) {
  return submit({0, std::move(path), bytes});
}

std::uint64_t IoThread::submit(DiskQueue::Job job) {
  std::uint64_t ticket;
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.is_empty();
    ticket = queue_.add(std::move(job));
    is_all_synced_ = false;
  }
  if (was_empty) changed_.notify_all();
  return ticket;
}

std::optional<std::string> IoThread::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void IoThread::sync_soon() {
  {
    const std::lock_guard lock(mutex_);
    is_sync_wanted_ = true;
  }
  changed_.notify_all();
}

bool IoThread::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_all_synced_ || failure_.has_value();
}

void IoThread::finish() {
  sync_soon();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_all_synced_ || failure_.has_value(); });
}

void IoThread::repeat(FileId file, std::string bytes, Duration interval, std::string rival) {
  {
    const std::lock_guard lock(mutex_);
    beat_.begin({file.value, std::move(bytes), std::move(rival)}, interval, Clock::now());
  }
  changed_.notify_all();
}

void IoThread::stop_repeating() {
  const std::lock_guard lock(mutex_);
  beat_.stop();
}

/// Whether it wrote something.
bool IoThread::repeat_if_due(std::unique_lock<std::mutex>& lock) {
  const auto stroke = beat_.take_due(Clock::now());
  if (!stroke) return false;
  File* const file = &files_[stroke->file];
  lock.unlock();
  struct stat rival {};
  const bool is_over = !is_named(file->fd.get(), file->path) || ::stat(stroke->rival.c_str(), &rival) == 0;
  if (!is_over) {
    write_all(file->fd.get(), stroke->bytes, file->path);
    file->is_dirty = true;
  }
  lock.lock();
  if (is_over) beat_.end();
  return !is_over;
}

/// All that was taken, up to a failure.
void IoThread::perform() {
  while (const auto job = queue_.next()) {
    if (job->room_bytes > 0) {
      prs::try_room(job->bytes, job->room_bytes);
    } else {
      File& file = file_of(job->file);
      if (job->is_line)
        write_lines(file, job->bytes, job->tickets);
      else
        write(file, job->bytes);
      file.is_dirty = file.is_dirty || !job->is_line;
    }
    queue_.set_over(*job, !failure_);  // after a failure no ticket is done any more
    if (!failure_ && !job->is_line) wake_.wake();
  }
}

IoThread::File& IoThread::file_of(std::size_t id) {
  const std::lock_guard lock(mutex_);
  return files_[id];  // stays where it is
}

void IoThread::write(File& file, std::string_view bytes) {
  if (!file.fd) {
    // Once: a folder that was deleted under the run is not made again.
    if (std::exchange(file.wants_folder, false)) make_folders(std::filesystem::path(file.path).parent_path().string());
    file.fd = open_file(file.path, appending | file.flags);
  }
  write_all(file.fd.get(), bytes, file.path);
}

void IoThread::write_lines(File& log, std::string_view bytes, std::uint64_t lines) {
  std::string why;
  try {
    write(log, bytes);
  } catch (const InfrastructureError& error) {
    why = error.what();
    log.fd.reset();  // of a file server that was started anew; the next line tries again
  }
  {
    const std::lock_guard lock(mutex_);
    log.waiting_bytes -= bytes.size();
    if (!why.empty()) log.lost = {log.lost.lines + lines, std::move(why)};
  }
  queue_.add_lines_over(lines);
}

void IoThread::sync_dirty() {
  std::size_t count;
  {
    const std::lock_guard lock(mutex_);
    count = files_.size();
  }
  for (std::size_t i = 0; i < count; ++i) {
    File& file = file_of(i);
    if (!file.is_dirty) continue;
    sync_file(file.fd.get(), file.path);
    file.is_dirty = false;
  }
}

void IoThread::serve() {
  std::unique_lock lock(mutex_);
  try {
    return serve_all(lock);
  } catch (const std::exception& error) {
    if (!lock.owns_lock()) lock.lock();
    failure_ = error.what();
    changed_.notify_all();
    wake_.wake();
  }
  serve_logs(lock);
}

/// Or until the next sync is due, or a stroke of the beat, whichever was asked for meanwhile.
void IoThread::wait_for_work(std::unique_lock<std::mutex>& lock, TimePoint next_sync) {
  const auto has_work = [this] { return !queue_.is_empty() || is_stopping_ || (is_sync_wanted_ && !is_all_synced_); };
  while (!has_work()) {
    const TimePoint until = std::min(next_sync, beat_.due());
    if (until <= Clock::now()) return;
    if (until == TimePoint::max())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, until);
  }
}

void IoThread::serve_all(std::unique_lock<std::mutex>& lock) {
  TimePoint next_sync = Clock::now() + sync_interval;
  bool is_dirty = false;
  for (;;) {
    wait_for_work(lock, is_dirty ? next_sync : TimePoint::max());
    is_dirty = repeat_if_due(lock) || is_dirty;
    queue_.take();
    const bool was_stopping = is_stopping_, was_sync_wanted = is_sync_wanted_;
    const std::uint64_t taken = queue_.submitted();
    lock.unlock();
    is_dirty = is_dirty || queue_.has_next();
    perform();
    if (is_dirty && (was_stopping || was_sync_wanted || Clock::now() >= next_sync)) {
      sync_dirty();
      is_dirty = false;
      next_sync = Clock::now() + sync_interval;
    }
    lock.lock();
    if (!is_dirty && queue_.submitted() == taken) {
      is_all_synced_ = true;
      is_sync_wanted_ = false;
      changed_.notify_all();
      wake_.wake();
    }
    if (was_stopping && queue_.is_empty()) return;
  }
}

/// After a failure: the logs tell of it.
void IoThread::serve_logs(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    queue_.take_lines();
    const bool was_stopping = is_stopping_;
    lock.unlock();
    perform();
    lock.lock();
    if (was_stopping && queue_.is_empty()) return;
    changed_.wait(lock, [this] { return !queue_.is_empty() || is_stopping_; });
  }
}

}  // namespace prs
