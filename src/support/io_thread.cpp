#include "support/io_thread.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/side_work.hpp"

namespace prs {
namespace {
constexpr std::chrono::milliseconds sync_interval{500};
constexpr int appending = O_WRONLY | O_CREAT | O_APPEND;
constexpr std::size_t gather_bytes = 1 << 20;        ///< small jobs for one file are written together, up to this much
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

IoThread::IoThread() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw system_error("cannot make", "an eventfd", errno);
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
  lines_.fetch_add(1);
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

std::uint64_t IoThread::submit(Job job) {
  backlog_.fetch_add(job.bytes.size(), std::memory_order_relaxed);
  std::uint64_t ticket;
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = jobs_.empty();
    jobs_.push_back(std::move(job));
    ticket = ++submitted_;
    is_all_synced_ = false;
  }
  if (was_empty) changed_.notify_all();
  return ticket;
}

void IoThread::wake() {
  if (is_awake_signalled_.exchange(true)) return;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void IoThread::wake_acknowledged() {
  if (!is_awake_signalled_.load()) return;
  std::uint64_t count;
  (void)!::read(wake_.get(), &count, sizeof count);
  is_awake_signalled_.store(false);
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
    repeat_ = Repeat{file, std::move(bytes), interval, std::move(rival), Clock::now() + interval};
    is_repeat_over_.store(false, std::memory_order_release);
  }
  changed_.notify_all();
}

void IoThread::stop_repeating() {
  const std::lock_guard lock(mutex_);
  repeat_.reset();
}

/// Whether it wrote something.
bool IoThread::repeat_if_due(std::unique_lock<std::mutex>& lock) {
  if (!repeat_ || Clock::now() < repeat_->due) return false;
  repeat_->due = Clock::now() + repeat_->interval;
  const Repeat repeat = *repeat_;
  File* const file = &files_[repeat.file.value];
  lock.unlock();
  struct stat rival {};
  const bool is_over = !is_named(file->fd.get(), file->path) || ::stat(repeat.rival.c_str(), &rival) == 0;
  if (!is_over) {
    write_all(file->fd.get(), repeat.bytes, file->path);
    file->is_dirty = true;
  }
  lock.lock();
  if (is_over) {
    repeat_.reset();
    is_repeat_over_.store(true, std::memory_order_release);
  }
  return !is_over;
}

/// All that was taken, up to a failure.
void IoThread::perform() {
  std::string bytes;
  while (!taken_.empty()) {
    const std::size_t id = taken_.front().file, room_bytes = taken_.front().room_bytes;
    const bool is_line = taken_.front().is_line;
    std::uint64_t count = 1;
    if (room_bytes > 0) {
      bytes = std::move(taken_.front().bytes);
      taken_.pop_front();
      prs::try_room(bytes, room_bytes);
    } else {
      count = gather(bytes);
      File& file = file_of(id);
      if (is_line)
        write_lines(file, bytes, count);
      else
        write(file, bytes);
      file.is_dirty = file.is_dirty || !is_line;
    }
    backlog_.fetch_sub(bytes.size(), std::memory_order_relaxed);
    if (failure_) continue;  // no ticket is done any more
    written_.fetch_add(count, std::memory_order_release);
    if (!is_line) wake();
  }
}

IoThread::File& IoThread::file_of(std::size_t id) {
  const std::lock_guard lock(mutex_);
  return files_[id];  // stays where it is
}

/// The bytes of the first job, and of those behind it that go to the same file; how many jobs they were.
std::uint64_t IoThread::gather(std::string& bytes) {
  const std::size_t file = taken_.front().file;
  bytes = std::move(taken_.front().bytes);
  taken_.pop_front();
  std::uint64_t count = 1;
  while (!taken_.empty() && taken_.front().file == file && taken_.front().room_bytes == 0 &&
         bytes.size() + taken_.front().bytes.size() <= gather_bytes) {
    bytes += taken_.front().bytes;
    taken_.pop_front();
    ++count;
  }
  return count;
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
  lines_over_.fetch_add(lines, std::memory_order_release);
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
    wake();
  }
  serve_logs(lock);
}

void IoThread::serve_all(std::unique_lock<std::mutex>& lock) {
  TimePoint next_sync = Clock::now() + sync_interval;
  bool is_dirty = false;
  for (;;) {
    const auto has_work = [this] { return !jobs_.empty() || is_stopping_ || (is_sync_wanted_ && !is_all_synced_); };
    // A repeat that was asked for meanwhile, or is due earlier than the wait that is under way, wakes it too.
    while (!has_work()) {
      TimePoint until = is_dirty ? next_sync : TimePoint::max();
      if (repeat_) until = std::min(until, repeat_->due);
      if (until <= Clock::now()) break;
      if (until == TimePoint::max())
        changed_.wait(lock);
      else
        changed_.wait_until(lock, until);
    }
    is_dirty = repeat_if_due(lock) || is_dirty;
    taken_.swap(jobs_);
    const bool was_stopping = is_stopping_, was_sync_wanted = is_sync_wanted_;
    const std::uint64_t taken = submitted_;
    lock.unlock();
    is_dirty = is_dirty || !taken_.empty();
    perform();
    if (is_dirty && (was_stopping || was_sync_wanted || Clock::now() >= next_sync)) {
      sync_dirty();
      is_dirty = false;
      next_sync = Clock::now() + sync_interval;
    }
    lock.lock();
    if (!is_dirty && submitted_ == taken) {
      is_all_synced_ = true;
      is_sync_wanted_ = false;
      changed_.notify_all();
      wake();
    }
    if (was_stopping && jobs_.empty()) return;
  }
}

/// After a failure: the logs tell of it.
void IoThread::serve_logs(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    std::move(jobs_.begin(), jobs_.end(), std::back_inserter(taken_));
    jobs_.clear();
    std::erase_if(taken_, [](const Job& job) { return !job.is_line; });
    const bool was_stopping = is_stopping_;
    lock.unlock();
    perform();
    lock.lock();
    if (was_stopping && jobs_.empty()) return;
    changed_.wait(lock, [this] { return !jobs_.empty() || is_stopping_; });
  }
}

}  // namespace prs
