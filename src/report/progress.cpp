#include "report/progress.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "support/errors.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr Duration live_interval = std::chrono::milliseconds(200);
constexpr Duration plain_interval = std::chrono::seconds(10);
constexpr Duration least_overview_interval = std::chrono::seconds(1);
/// The overview's interval is this part of the time that has passed: a run of a week makes a thousand lines.
constexpr int overview_lines_per_e_fold = 100;

std::int64_t unix_nanoseconds_of(TimePoint time) {
  const auto since = std::chrono::system_clock::now().time_since_epoch() + (time - Clock::now());
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

}  // namespace

ProgressReporter::ProgressReporter(Options options)
    : options_(std::move(options)),
      next_line_(options_.start + (options_.is_terminal ? Duration::zero() : plain_interval)),
      next_overview_(options_.start) {
  if (options_.started_unix_nanoseconds == 0) options_.started_unix_nanoseconds = unix_nanoseconds_of(options_.start);
  if (options_.overview_path.empty()) return;
  try {
    const std::string folder = std::filesystem::path(options_.overview_path).parent_path().string();
    if (!folder.empty()) make_folders(folder);
    overview_ = open_file(options_.overview_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  } catch (const InfrastructureError& error) {
    log().warn("no progress overview: {}", error.what());
  }
  append_overview(overview_header(options_.started_unix_nanoseconds));
}

TimePoint ProgressReporter::next_due() const {
  return overview_ ? std::min(next_line_, next_overview_) : next_line_;
}

void ProgressReporter::update(const Progress& progress, TimePoint now) {
  if (now < next_due()) return;
  const Pace pace = pace_of(progress, now, false);
  if (now >= next_line_) {
    print(progress, pace);
    const Duration interval = options_.is_terminal ? live_interval : plain_interval;
    next_line_ += interval;
    if (next_line_ <= now || options_.is_terminal) next_line_ = now + interval;
  }
  if (now >= next_overview_) {
    write_overview(progress, pace, now);
    next_overview_ = now + std::max(least_overview_interval, (now - options_.start) / overview_lines_per_e_fold);
  }
}

void ProgressReporter::finish(const Progress& progress, TimePoint now) {
  const Pace pace = pace_of(progress, now, true);
  print(progress, pace);
  if (options_.is_terminal) std::fputc('\n', options_.stream);
  std::fflush(options_.stream);
  has_live_line_ = false;
  write_overview(progress, pace, now);
}

void ProgressReporter::clear() {
  if (!has_live_line_) return;
  std::fputs("\r\x1b[K", options_.stream);
  std::fflush(options_.stream);
  has_live_line_ = false;
  next_line_ = options_.start;
}

Pace ProgressReporter::pace_of(const Progress& progress, TimePoint now, bool is_last) {
  if (!rate_) {
    // What earlier starts gave up is told apart only as long as nothing was done by this one.
    over_before_ = progress.reused + (progress.done <= progress.reused ? progress.gave_up : 0);
    rate_.emplace(over_before_, options_.start);
  }
  rate_->sample(progress.over(), progress.running > 0, now);
  Pace pace;
  pace.is_last = is_last;
  pace.elapsed_seconds = std::max(0.0, seconds_of(now - options_.start));
  pace.per_second = is_last ? run_rate(progress, pace.elapsed_seconds) : rate_->per_second();
  const std::uint64_t over = std::min(progress.over(), progress.mini_batches);
  pace.seconds_left = rate_->seconds_left(progress.mini_batches - over, progress.workers_ready);
  return pace;
}

/// Over the whole run: what the last line says.
double ProgressReporter::run_rate(const Progress& progress, double seconds) const {
  const std::uint64_t over = progress.over();
  return over > over_before_ && seconds > 0 ? static_cast<double>(over - over_before_) / seconds : 0;
}

void ProgressReporter::print(const Progress& progress, const Pace& pace) {
  if (options_.is_terminal) return print_live(progress, pace);
  const std::string line = progress_line(progress, pace, std::string::npos) + "\n";
  std::fwrite(line.data(), 1, line.size(), options_.stream);
  std::fflush(options_.stream);
}

void ProgressReporter::print_live(const Progress& progress, const Pace& pace) {
  const std::string line = "\r" + progress_line(progress, pace, most_columns()) + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), options_.stream);
  std::fflush(options_.stream);
  has_live_line_ = true;
}

/// One less than there are: some terminals wrap as soon as the last column is written.
std::size_t ProgressReporter::most_columns() const {
  struct winsize size {};
  const int fd = ::fileno(options_.stream);
  const bool is_told = fd >= 0 && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const int width = is_told ? size.ws_col : options_.columns > 0 ? options_.columns : 80;
  return static_cast<std::size_t>(width - 1);
}

void ProgressReporter::write_overview(const Progress& progress, const Pace& pace, TimePoint now) {
  const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - options_.start).count();
  append_overview(overview_line(progress, pace, options_.started_unix_nanoseconds + passed));
}

void ProgressReporter::append_overview(std::string_view text) {
  if (!overview_) return;
  try {
    write_all(overview_.get(), text, options_.overview_path);
  } catch (const InfrastructureError& error) {
    log().warn("the progress overview ends here: {}", error.what());
    overview_.reset();
  }
}

}  // namespace prs
