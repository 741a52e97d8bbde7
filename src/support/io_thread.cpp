#include "support/io_thread.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/side_work.hpp"

namespace prs {
namespace {
constexpr std::chrono::milliseconds sync_interval{500};
constexpr std::size_t gather_bytes = 1 << 20;  ///< small jobs for one file are written together, up to this much

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
  return keep(path, open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND));
}

IoThread::FileId IoThread::open(const std::string& path) {
  return keep(path, open_file(path, O_WRONLY | O_CREAT | O_APPEND));
}

IoThread::FileId IoThread::keep(const std::string& path, UniqueFd fd) {
  const std::lock_guard lock(mutex_);
  files_.push_back({path, std::move(fd)});
  return {files_.size() - 1};
}

std::uint64_t IoThread::append(FileId file, std::string bytes) {
  return submit({file.value, std::move(bytes)});
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

void IoThread::perform(std::deque<Job>& jobs) {
  std::string gathered;
  std::uint64_t count = 0;
  while (!jobs.empty()) {
    if (const Job& job = jobs.front(); job.room_bytes > 0) {
      prs::try_room(job.bytes, job.room_bytes);
      backlog_.fetch_sub(job.bytes.size(), std::memory_order_relaxed);
      jobs.pop_front();
      written_.fetch_add(1, std::memory_order_release);
      wake();
      continue;
    }
    File* file;
    {
      const std::lock_guard lock(mutex_);
      file = &files_[jobs.front().file];
    }
    const std::size_t id = jobs.front().file;
    gathered = std::move(jobs.front().bytes);
    jobs.pop_front();
    count = 1;
    while (!jobs.empty() && jobs.front().file == id && jobs.front().room_bytes == 0 &&
           gathered.size() + jobs.front().bytes.size() <= gather_bytes) {
      gathered += jobs.front().bytes;
      jobs.pop_front();
      ++count;
    }
    write_all(file->fd.get(), gathered, file->path);
    file->is_dirty = true;
    backlog_.fetch_sub(gathered.size(), std::memory_order_relaxed);
    written_.fetch_add(count, std::memory_order_release);
    wake();
  }
}

void IoThread::sync_dirty() {
  std::size_t count;
  {
    const std::lock_guard lock(mutex_);
    count = files_.size();
  }
  for (std::size_t i = 0; i < count; ++i) {
    File* file;
    {
      const std::lock_guard lock(mutex_);
      file = &files_[i];
    }
    if (!file->is_dirty) continue;
    sync_file(file->fd.get(), file->path);
    file->is_dirty = false;
  }
}

void IoThread::serve() {
  TimePoint next_sync = Clock::now() + sync_interval;
  bool is_dirty = false;
  std::unique_lock lock(mutex_);
  try {
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
      std::deque<Job> jobs;
      jobs.swap(jobs_);
      const bool was_stopping = is_stopping_, was_sync_wanted = is_sync_wanted_;
      const std::uint64_t taken = submitted_;
      lock.unlock();
      is_dirty = is_dirty || !jobs.empty();
      perform(jobs);
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
  } catch (const std::exception& error) {
    if (!lock.owns_lock()) lock.lock();
    failure_ = error.what();
    changed_.notify_all();
    wake();
  }
}

}  // namespace prs
