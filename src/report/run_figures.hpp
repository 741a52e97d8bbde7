#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/run_folder.hpp"
#include "report/ended_text.hpp"
#include "report/hot_functions.hpp"
#include "report/node_usage.hpp"
#include "report/overview_file.hpp"
#include "report/run_clock.hpp"
#include "report/tries_figures.hpp"

namespace prs {

/// Where the time of all workers went, in seconds; the parts add up to `total`.
struct TimeSpent {
  double running = 0;   ///< in run()
  double loading = 0;   ///< in the script process, but not in run(): mini-batches come in, rows go out
  double starting = 0;  ///< before a worker's first try: planning, the script's start, init()
  double waiting = 0;   ///< between two tries; where a script process had to be started anew, that, too
  double tail = 0;      ///< a worker had nothing left to do, and another one was still at work
  double closing = 0;   ///< after the last try: shutdown(), rows put together
  double total = 0;     ///< of a start that was killed, up to each worker's last try
};

/// All that the page of a run shows, from the files in its run folder alone: so whoever sees the folder can make the
/// page, while the run goes on or later. Reads what is new at each call; its memory grows with workers and nodes, never
/// with mini-batches (rule 3.8).
class RunFigures {
 public:
  explicit RunFigures(RunFolder folder) : folder_(std::move(folder)) {}
  RunFigures(const RunFigures&) = delete;
  RunFigures& operator=(const RunFigures&) = delete;

  /// `tries_files`: the workers' own, in the order of their starts. Throws InfrastructureError.
  void read(const std::vector<std::string>& tries_files);
  /// What logs/sys/job_report has beside them, once a start has written it; where there are none of these files, all of
  /// it. Once: what it has is added.
  void read_table(bool is_all);
  /// A job holds the run folder.
  bool is_running = false;
  bool is_going_on() const { return is_running && !ended_.has_ended(); }

  const RunFolder& folder() const { return folder_; }
  const EndedText& ended() const { return ended_; }
  const std::vector<OverviewOfStart>& overviews() const { return overviews_; }
  const RunClock& clock() const { return clock_; }
  const TriesFigures& tries() const { return tries_; }
  const NodeUsages& usages() const { return usages_; }
  const HotFunctions& hot_functions() const { return hot_functions_; }
  /// As logs/sys/config.yaml has it; empty: there is none.
  const std::string& config() const { return config_; }
  /// The configuration file that the run was started with; empty: not told.
  std::string config_file() const;
  /// The kinds of errors that are shown, the most frequent first.
  const std::vector<std::uint32_t>& causes() const { return causes_; }
  /// Of the first try that failed so; may be empty.
  const std::string& traceback_of(std::uint32_t error) const { return tracebacks_.at(error); }
  std::int64_t read_at_unix_microseconds() const { return read_at_; }

  /// The last that is known.
  Progress progress() const;
  TimeSpent time_spent() const;

 private:
  void read_causes();
  double workers_in(std::size_t start, std::size_t at_least) const;

  RunFolder folder_;
  RunClock clock_;
  TriesFigures tries_{clock_};
  NodeUsages usages_{clock_};
  std::vector<OverviewOfStart> overviews_;
  HotFunctions hot_functions_;
  EndedText ended_;
  std::string config_;
  std::vector<std::uint32_t> causes_;
  std::map<std::uint32_t, std::string> tracebacks_;
  std::int64_t read_at_ = 0;
};

/// The first line of logs/sys/config.yaml: which file it was understood of.
std::string config_heading(const std::string& config_file);

}  // namespace prs
