#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace prs {

/// How much of the output there is, and is written; zeros: its rows are not put together yet.
struct AssembledBytes {
  std::uint64_t all = 0;
  std::uint64_t written = 0;
};

/// What the progress lines and the overview say.
struct Progress {
  std::uint64_t mini_batches = 0;
  std::uint64_t done = 0;  ///< succeeded, those reused included
  std::uint64_t gave_up = 0;
  std::uint64_t failed = 0;   ///< latest try failed, those given up included
  std::uint64_t running = 0;  ///< handed out and not over
  std::uint64_t tries = 0;
  std::uint64_t succeeded_items = 0, failed_items = 0;
  std::uint32_t workers_ready = 0, workers = 0;
  std::uint64_t reused = 0;  ///< done by an earlier start
  /// Of tables, to be gone through before the first mini-batch is handed out, and gone through.
  std::uint64_t bytes_to_survey = 0, surveyed_bytes = 0;
  AssembledBytes assembled;
  bool is_stopping = false;  ///< something has ended the run early; what runs may end

  /// Nothing more will happen to them.
  std::uint64_t over() const { return done + gave_up; }
};

/// What of a progress line is no count.
struct Pace {
  double per_second = 0;
  std::optional<double> seconds_left;
  double elapsed_seconds = 0;
  bool is_last = false;  ///< the run is over: says how long it took
};

/// "prs_mpi: 1234 / 1797 mini-batches over (68.6 %), 3 failed, 780/s, 42 s left, 8 workers": over are those done and
/// those given up. Before: "prs_mpi: reading tables, quotes counted in 12.3 % of them, 8 workers"; after: "prs_mpi:
/// putting the rows together, 45.2 % of 1.2 GiB written, 3 failed, 8 workers". Plain ASCII, at most `most_columns`
/// wide: what matters less is left out first.
std::string progress_line(const Progress& progress, const Pace& pace, std::size_t most_columns);

/// The same in columns, for job_progress_overview (rule 9.2): numbers for people and for programs alike.
std::string overview_header(std::int64_t started_unix_nanoseconds);
std::string overview_line(const Progress& progress, const Pace& pace, std::int64_t unix_nanoseconds);

}  // namespace prs
