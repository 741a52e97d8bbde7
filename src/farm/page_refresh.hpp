#pragma once

#include <memory>

#include "model/run_folder.hpp"
#include "support/clock.hpp"
#include "support/side_work.hpp"

namespace prs {

class RunFigures;

/// report.html while the run goes on: made anew now and then, soon after the beginning more often than later, so that a
/// browser can follow (rule 9.2). Rank 0's. The work goes on beside the main thread, which never waits for it; what
/// goes wrong is said in the log and ends nothing.
class PageRefresh {
 public:
  /// `is_join`: nearly all tries are those of slices (rule 7.7), and are shown once the join is over.
  PageRefresh(RunFolder folder, bool is_join, TimePoint now);
  ~PageRefresh();  ///< waits for what goes on
  PageRefresh(const PageRefresh&) = delete;
  PageRefresh& operator=(const PageRefresh&) = delete;

  /// Cheap when nothing is due. The run folder is this job's, as far as it knows.
  void update(TimePoint now);
  /// The last one, once everything else is written. In the thread that calls it; waits for what goes on. Throws
  /// InfrastructureError.
  void finish();

 private:
  static constexpr Duration shortest = std::chrono::seconds(2), longest = std::chrono::seconds(30);
  void settle();
  void make();
  void write(int refresh_seconds);

  RunFolder folder_;
  bool is_join_;
  bool is_foreign_;  ///< a file of the user's has its name: it stays
  std::unique_ptr<RunFigures> figures_;
  std::unique_ptr<SideWork> work_;  ///< uses the figures while it goes on
  TimePoint next_;
  Duration interval_ = shortest;
  bool has_failed_ = false;  ///< said once
};

}  // namespace prs
