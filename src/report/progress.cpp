#include "report/progress.hpp"

#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>

#include "support/humane.hpp"
#include "support/log.hpp"
#include "support/speech.hpp"

namespace prs {
namespace {

constexpr Duration live_interval = std::chrono::milliseconds(200);
constexpr Duration plain_interval = std::chrono::seconds(10);
constexpr Duration publication_interval = std::chrono::seconds(1);
constexpr Duration least_overview_interval = std::chrono::seconds(1);
/// The overview's interval is this part of the time that has passed: a run of a week makes a thousand lines.
constexpr int overview_lines_per_e_fold = 100;

std::int64_t unix_nanoseconds_of(TimePoint time) {
  const auto since = std::chrono::system_clock::now().time_since_epoch() + (time - Clock::now());
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

std::string with_failures_in_red(std::string line, std::uint64_t failed) {
  const std::string words = grouped(failed) + " failed";
  const std::size_t at = line.find(words);
  if (failed == 0 || at == std::string::npos) return line;
  return line.replace(at, words.size(), coloured(Colour::red, words));
}

}  // namespace

ProgressReporter::ProgressReporter(Options options)
    : options_(std::move(options)),
      next_line_(options_.is_quiet ? TimePoint::max()
                                   : options_.start + (options_.is_terminal ? Duration::zero() : plain_interval)),
      next_overview_(options_.start),
      next_publication_(options_.publish ? options_.start : TimePoint::max()) {
  if (options_.started_unix_nanoseconds == 0) options_.started_unix_nanoseconds = unix_nanoseconds_of(options_.start);
  if (options_.overview_path.empty()) return;
  overview_ = options_.io->open_log(options_.overview_path);
  append_overview(overview_header(options_.started_unix_nanoseconds));
}

TimePoint ProgressReporter::next_due() const {
  return std::min({next_line_, overview_ ? next_overview_ : TimePoint::max(), next_publication_});
}

void ProgressReporter::update(const Progress& progress, TimePoint now) {
  if (now < next_due()) return;
  worker_time_.add(progress, now);
  const Pace pace = pace_of(progress, now, false);
  if (now >= next_line_) {
    if (!would_wait()) print(line_of(progress, pace));
    const Duration interval = options_.is_terminal ? live_interval : plain_interval;
    next_line_ += interval;
    if (next_line_ <= now || options_.is_terminal) next_line_ = now + interval;
  }
  if (now >= next_publication_) {
    options_.publish(progress, pace);
    next_publication_ = now + publication_interval;
  }
  if (now >= next_overview_) {
    write_overview(progress, pace, now);
    next_overview_ = now + std::max(least_overview_interval, (now - options_.start) / overview_lines_per_e_fold);
  }
}

void ProgressReporter::finish(const Progress& progress, TimePoint now) {
  const Pace pace = pace_of(progress, now, true);
  if (!options_.is_quiet) print(line_of(progress, pace) + (options_.is_terminal ? "\n" : ""));
  has_live_line_ = false;
  write_overview(progress, pace, now);
}

void ProgressReporter::clear() {
  if (!has_live_line_) return;
  if (!would_wait()) print("\r\x1b[K");
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
  if (!progress.is_stopping && over < progress.mini_batches)
    pace.seconds_left = rate_->seconds_left(progress.mini_batches - over, progress.workers_ready);
  return pace;
}

/// Over the whole run: what the last line says.
double ProgressReporter::run_rate(const Progress& progress, double seconds) const {
  const std::uint64_t over = progress.over();
  return over > over_before_ && seconds > 0 ? static_cast<double>(over - over_before_) / seconds : 0;
}

std::string ProgressReporter::line_of(const Progress& progress, const Pace& pace) const {
  if (!options_.is_terminal) return progress_line(progress, pace, std::string::npos) + "\n";
  std::string line = progress_line(progress, pace, most_columns());
  if (options_.is_coloured) line = with_failures_in_red(std::move(line), progress.failed);
  return "\r" + line + "\x1b[K";
}

void ProgressReporter::print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), options_.stream);
  std::fflush(options_.stream);
  has_live_line_ = options_.is_terminal;
}

/// A terminal that is held, or a pipe that nobody empties.
bool ProgressReporter::would_wait() const {
  pollfd taking{::fileno(options_.stream), POLLOUT, 0};
  return taking.fd >= 0 && ::poll(&taking, 1, 0) == 0;
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

void ProgressReporter::append_overview(std::string line) {
  if (!overview_) return;
  if (const IoThread::Lost lost = options_.io->lost(*overview_); lost.lines > 0) {
    log().warn("the progress overview ends here: {}", lost.why);
    overview_.reset();
    return;
  }
  options_.io->append_line(*overview_, std::move(line));
}

}  // namespace prs
