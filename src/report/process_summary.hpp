#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "report/tries_file.hpp"

namespace prs {

/// What the tries of one process, or of all processes of a node, come to over all starts of the run.
struct TrySums {
  std::uint64_t process_starts = 0;  ///< script processes that they ran in
  std::string first_started;         ///< of those; empty: none
  std::string last_row;              ///< when a row was last written; empty: none is there
  std::uint64_t tries = 0, succeeded_tries = 0;
  std::uint64_t items = 0, succeeded_items = 0, failed_items = 0;
  /// Elapsed is the time with some mini-batch at hand: while one runs, others wait behind it, and that is not added up.
  std::uint64_t elapsed_microseconds = 0, process_microseconds = 0, run_microseconds = 0;
  std::int64_t last_end_unix_microseconds = 0;  ///< of the tries of the file that is being added

  /// Lines of one file come in the order in which its tries ended.
  void add(const TryLine& line);
  /// A script process whose tries follow. Without a time: there was none.
  void start_process(std::string_view started);
  /// Of a file: when its last row was written.
  void end_rows(std::string_view time);
  TrySums& operator+=(const TrySums& other);
};

/// The sums of all processes; a few hundred bytes each. JobReport's.
class ProcessSummaries {
 public:
  /// Stays valid. A name that is empty: nobody is left who knows it.
  TrySums& of(const std::string& node, const std::string& process) { return sums_[{node, process}]; }

  /// process_summary.csv and node_summary.csv, in the order of the names.
  std::string process_table() const;
  std::string node_table() const;

 private:
  std::map<std::pair<std::string, std::string>, TrySums> sums_;
};

}  // namespace prs
