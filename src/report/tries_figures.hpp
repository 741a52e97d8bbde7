#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/busy_bins.hpp"
#include "report/error_catalog.hpp"
#include "report/run_clock.hpp"
#include "report/run_times.hpp"
#include "report/tries_file.hpp"

namespace prs {

/// One try of the few that are kept whole, for the slowest ones and as the example of a failure.
struct NotedTry {
  std::uint64_t mini_batch = 0;
  std::uint32_t dequeue_count = 0, items = 0;
  std::size_t lane = 0;  ///< whose; `no_lane`: nobody knows
  TryStatus status = TryStatus::run_done;
  std::uint64_t run_microseconds = 0;
  std::string first_item, last_item;
};

/// What all tries of a run come to, for its page: sums, times, who was busy when, failures by cause, the slowest. Reads
/// the workers' own files as they grow, each line once. Its memory grows with the workers, never with the mini-batches
/// (rule 3.8). Counts what is written there; what has been decided stands in the ledger.
class TriesFigures {
 public:
  static constexpr std::size_t no_lane = SIZE_MAX;
  static constexpr std::size_t most_bars = 3000, most_slowest = 15, most_picks = 12;

  /// One worker: the process of that name on that node, over all starts.
  struct Lane {
    std::string node, process;
    std::uint64_t tries = 0, failed_tries = 0, items = 0;
    std::uint64_t run_microseconds = 0, process_microseconds = 0;
    BusyBins bins;
  };
  /// One worker in one start.
  struct Shift {
    std::size_t start = 0;
    std::uint64_t begin = 0, end = 0;  ///< of its first and last try, in the run's time
    std::uint64_t run_microseconds = 0, process_microseconds = 0;
  };
  struct Bar {
    std::size_t lane;
    std::uint64_t from, to;  ///< in the run's time
    std::uint64_t mini_batch;
    std::uint32_t dequeue_count;
    TryStatus status;
  };
  struct Pick {
    std::uint64_t tries = 0, done = 0;
  };

  explicit TriesFigures(RunClock& clock) : clock_(clock) {}
  /// What a worker's own file has got since the last time. Files of earlier starts come first. Throws
  /// InfrastructureError.
  void read(const std::string& path);
  /// Of processed_mini-batches.csv: all rows, or those alone that nobody measured, which no worker's file has.
  void read_table(const std::string& path, bool is_unmeasured_only);

  const std::vector<Lane>& lanes() const { return lanes_; }
  std::vector<Shift> shifts() const;
  /// Each try, while there are few; else none.
  const std::vector<Bar>& bars() const { return bars_.all; }
  const RunTimes& run_times() const { return run_times_; }
  const ErrorCatalog& errors() const { return errors_; }
  /// The first try that failed so.
  const NotedTry& example_of(std::uint32_t error) const { return examples_[error - 1]; }
  /// The slowest first.
  std::vector<NotedTry> slowest() const;
  /// By dequeue count, from 1 on; the last one has all further ones.
  const std::array<Pick, most_picks>& picks() const { return picks_; }
  std::uint64_t tries() const { return tries_; }
  std::uint64_t tries_with(TryStatus status) const { return by_status_[static_cast<std::size_t>(status)]; }
  std::uint64_t short_mini_batches() const { return short_mini_batches_; }
  std::uint64_t short_items() const { return short_items_; }

 private:
  /// A worker's own file; of the table, the rows of one process.
  struct File {
    std::uint64_t offset_bytes = 0;
    std::string node;
    std::vector<Shift> shifts;       ///< the last one goes on; more than one only where the rows are the table's
    std::int64_t last_end_unix = 0;  ///< of the try before, for one that does not tell when it ended
    std::size_t lane = no_lane;      ///< of the try before
  };
  struct Bars {
    std::vector<Bar> all;
    bool is_too_many = false;
  };

  void add(File& file, const TryLine& line);
  void add_times(File& file, const TryLine& line);
  Shift& shift_of(File& file, std::int64_t end_unix);
  void add_failure(std::size_t lane, const TryLine& line);
  void note_if_slow(std::size_t lane, const TryLine& line);
  std::size_t lane_of(const std::string& node, std::string_view process);

  RunClock& clock_;
  std::map<std::string, File> files_;
  std::vector<Lane> lanes_;
  std::map<std::pair<std::string, std::string>, std::size_t> lane_of_;
  Bars bars_;
  RunTimes run_times_;
  ErrorCatalog errors_;
  std::vector<NotedTry> examples_;  ///< by the number of the error − 1
  std::vector<NotedTry> slowest_;   ///< a heap, the quickest of them first
  std::array<Pick, most_picks> picks_{};
  std::array<std::uint64_t, try_status_count> by_status_{};
  std::uint64_t tries_ = 0, short_mini_batches_ = 0, short_items_ = 0;
};

}  // namespace prs
