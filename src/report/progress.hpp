#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "report/advice.hpp"
#include "report/progress_line.hpp"
#include "report/rate_meter.hpp"
#include "support/clock.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// The live line on a terminal, a plain line every 10 s elsewhere (rule 9.1), and job_progress_overview. Rank 0's.
/// Never ends a run and never waits while it goes on: a line that the stream does not take at once is left out, and the
/// overview is written by the I/O thread; where that cannot, it is given up, with a warning in the log.
class ProgressReporter {
 public:
  struct Options {
    std::FILE* stream = stderr;
    bool is_terminal = false;
    bool is_coloured = false;   ///< on a terminal
    bool is_quiet = false;      ///< no line at all
    int columns = 80;           ///< of the terminal where it does not tell by itself
    std::string overview_path;  ///< empty: none
    IoThread* io = nullptr;     ///< for the overview
    /// Told about once a second, and never at the end; must not wait.
    std::function<void(const Progress&, const Pace&)> publish = {};
    TimePoint start;
    std::int64_t started_unix_nanoseconds = 0;  ///< the same instant; 0: found out from the system's clock
  };
  explicit ProgressReporter(Options options);
  /// Cheap when nothing is due.
  void update(const Progress& progress, TimePoint now);
  /// The last line, always printed.
  void finish(const Progress& progress, TimePoint now);
  /// Takes the live line away before something else is printed; the next update draws it again.
  void clear();
  TimePoint next_due() const;
  /// Up to the last update.
  const WorkerTime& worker_time() const { return worker_time_; }

 private:
  std::string line_of(const Progress& progress, const Pace& pace) const;
  void print(std::string_view text);
  bool would_wait() const;
  void write_overview(const Progress& progress, const Pace& pace, TimePoint now);
  void append_overview(std::string line);
  Pace pace_of(const Progress& progress, TimePoint now, bool is_last);
  double run_rate(const Progress& progress, double seconds) const;
  std::size_t most_columns() const;

  Options options_;
  TimePoint next_line_, next_overview_, next_publication_;
  std::optional<RateMeter> rate_;
  WorkerTime worker_time_;
  std::uint64_t over_before_ = 0;  ///< by earlier starts
  std::optional<IoThread::FileId> overview_;
  bool has_live_line_ = false;
};

}  // namespace prs
