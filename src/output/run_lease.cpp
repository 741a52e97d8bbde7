#include "output/run_lease.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "output/lease_chain.hpp"
#include "support/new_name.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr double renewals_per_length = 6;

std::string count_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", std::max(0.0, seconds));
  return text;
}

/// The file server's time, from a file made just now. Making it also has the client of a network file system ask anew
/// for what else is in the folder.
double server_time(const LeaseFolder& folder, const std::string& nonce) {
  const std::string path = folder.look(nonce);
  const UniqueFd fd = open_anew(path);
  struct stat stat {};
  const int status = ::fstat(fd.get(), &stat);
  const int error = errno;
  ::unlink(path.c_str());
  if (status != 0) throw system_error("cannot look at", path, error);
  return file_seconds(stat.st_mtim);
}

}  // namespace

std::chrono::duration<double> RunLease::length_of_environment() {
  constexpr double usual = 30;
  const char* text = std::getenv("PRS_LEASE_SECONDS");
  const double seconds = text == nullptr ? usual : std::strtod(text, nullptr);
  return std::chrono::duration<double>(std::isfinite(seconds) && seconds > 0 ? seconds : usual);
}

RunLease::RunLease(std::string folder, const Options& options)
    : RunLease(std::move(folder), options, LeaseHolder::self(options.length)) {}

RunLease::RunLease(std::string folder, const Options& options, LeaseHolder self)
    : folder_{std::move(folder)}, self_(std::move(self)) {
  make_folders(folder_.path);
  acquire(options);
  clear_away();
  io_ = std::make_unique<IoThread>();
  file_ = io_->open(folder_.lease(number_));
  renew();
  last_asked_ = Clock::now();
}

RunLease::~RunLease() {
  release();
}

void RunLease::acquire(const Options& options) {
  LeaseWatcher watcher;
  const Duration between = std::min<Duration>(std::chrono::milliseconds(250), duration_of(self_.length_seconds / 20));
  const auto rest = [&] {
    options.between_looks();
    std::this_thread::sleep_for(between);
  };
  for (;;) {
    const TimePoint looked = Clock::now();
    const double now = server_time(folder_, self_.nonce);
    const std::uint64_t highest = highest_lease(folder_);
    std::optional<Lease> found;
    if (highest > 0) {
      found = read_lease(folder_.lease(highest), now);
      if (!found) {
        rest();
        continue;
      }
      found->number = highest;
      const ProcessSign sign = found->holder ? sign_of(*found->holder, self_) : ProcessSign::unknown;
      const LeaseVerdict verdict = judge(*found, self_, sign, watcher.look(*found));
      if (verdict == LeaseVerdict::live)
        throw UserError("another job works in this run folder: " + found->holder_text() + ", last sign " +
                        count_text(found->age_seconds) +
                        " s ago: wait for its end, stop it, or choose another `output`; its lease is " +
                        folder_.lease(highest));
      if (verdict == LeaseVerdict::unclear) {
        const double length = found->holder ? found->holder->length_seconds : self_.length_seconds;
        if (watcher.is_first())
          options.say("the run folder is held by " + found->holder_text() + ", last sign " +
                      count_text(found->age_seconds) + " s ago; waiting up to " +
                      count_text(std::ceil(std::min(length, length - found->age_seconds))) +
                      " s to see whether it is alive");
        rest();
        continue;
      }
    }
    // What was found may be old by now, when this process itself was stopped.
    if (Clock::now() - looked > duration_of(self_.length_seconds / renewals_per_length)) continue;
    if (take(highest + 1, options.make_by)) return;
  }
}

/// False: somebody else was faster.
bool RunLease::take(std::uint64_t number, NewNameBy by) {
  const std::string path = folder_.lease(number);
  if (!make(path, by)) return false;
  // Others may have come and gone between our look and our link; then this number is free, and means nothing.
  server_time(folder_, self_.nonce);
  if (highest_lease(folder_) != number) {
    ::unlink(path.c_str());
    return false;
  }
  sync_folder(folder_.path);
  number_ = number;
  return true;
}

/// Makes the file unless there is one.
bool RunLease::make(const std::string& path, NewNameBy by) {
  if (make_new_file(path, self_.line(), folder_.fresh(self_.nonce), true, by)) return true;
  // A file server's answer may have got lost, and the client asked twice: then it is ours all the same.
  const auto found = read_lease(path, 0);
  return found && found->holder == self_;
}

/// Removes lower leases, and what killed starts left behind; no harm where that fails.
void RunLease::clear_away() {
  const double now = server_time(folder_, self_.nonce);
  std::error_code error;
  for (fs::directory_iterator entry(folder_.path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    struct stat stat {};
    const bool is_lower = LeaseFolder::number_of(name).value_or(number_) < number_;
    const bool is_leftover = LeaseFolder::is_short_lived(name) && ::stat(entry->path().c_str(), &stat) == 0 &&
                             now - file_seconds(stat.st_mtim) > 10 * self_.length_seconds;
    if (is_lower || is_leftover) ::unlink(entry->path().c_str());
  }
}

void RunLease::renew() {
  io_->repeat(file_, ".", duration_of(self_.length_seconds / renewals_per_length), folder_.lease(number_ + 1));
}

const std::optional<std::string>& RunLease::loss() {
  const TimePoint now = Clock::now();
  const bool has_stalled = now - last_asked_ > duration_of(self_.length_seconds / 2);
  last_asked_ = now;
  if (loss_ || !io_ || !(has_stalled || io_->is_repeat_over() || io_->failure())) return loss_;
  try {
    look();
  } catch (const InfrastructureError&) {
    // A file server that does not answer is no loss; what cannot be written says so itself.
  }
  if (!loss_ && io_->is_repeat_over()) renew();
  return loss_;
}

void RunLease::look() {
  const auto gone = [this] {
    loss_ = "the run folder was deleted or moved under the run (its lease " + folder_.lease(number_) +
            " is gone): put it back and give the same command again, or start anew";
  };
  struct stat stat {};
  if (::stat(folder_.path.c_str(), &stat) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == ESTALE))
    return gone();
  try {
    server_time(folder_, self_.nonce);
  } catch (const InfrastructureError&) {
    // The disk may be full: then what this host knows of the folder must do.
  }
  const std::uint64_t highest = highest_lease(folder_);
  if (highest < number_) return gone();
  const auto found = read_lease(folder_.lease(highest), 0);
  if (highest == number_ && found && found->holder == self_) return;
  if (highest == number_ && !found) return gone();
  loss_ = "this job stalled, and " + (found ? found->holder_text() : "another job") +
          " took over the run folder; it goes on there, and this job ends without touching it";
}

std::optional<std::string> RunLease::failure() const {
  return io_ ? io_->failure() : std::nullopt;
}

void RunLease::expect_held() {
  PRS_INVARIANT(io_ != nullptr);
  if (!loss_) look();
  last_asked_ = Clock::now();
  if (loss_) throw LeaseLost(*loss_);
}

void RunLease::release() {
  if (!io_) return;
  io_->stop_repeating();
  if (!loss_) io_->append(file_, "r");
  io_.reset();
}

}  // namespace prs
