#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/progress_line.hpp"

namespace prs {

/// One line of a job_progress_overview.
struct OverviewPoint {
  double elapsed_seconds = 0;  ///< since the start began
  double per_second = 0;       ///< mini-batches over, in the last while before it
  Progress progress;
};

/// What one start has written of its progress.
struct OverviewOfStart {
  std::int64_t started_unix_microseconds = 0;
  std::vector<OverviewPoint> points;
};

/// "2026-03-01T12:00:00Z", with or without milliseconds; 0 where it is none.
std::int64_t unix_microseconds_of(std::string_view utc_time);

/// The starts that a file tells of: one, or more that began within the same second. Lines that cannot be understood
/// are left out, as is one that is torn.
std::vector<OverviewOfStart> overview_of(std::string_view text);

/// All starts of a run folder, from logs/job_progress_overview.*.txt, in the order of their time.
std::vector<OverviewOfStart> read_overviews(const std::string& logs_folder);

}  // namespace prs
