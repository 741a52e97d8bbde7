#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/slicing.hpp"
#include "model/verdict.hpp"
#include "report/progress_line.hpp"
#include "support/errors.hpp"

namespace prs {

/// How a run ended, for job_result.txt and the last line on stderr (rules 8, 9.2).
struct RunResult {
  ExitStatus status = ExitStatus::completed;
  std::string cause;  ///< the first line says it, others may follow; empty when completed without failures
  Progress progress;
  Tally tally;
  std::string verdict;                        ///< which limit was passed, with the figures; else empty
  std::vector<std::string> frequent_causes;   ///< "ValueError: … (12 tries)", at most three
  std::string description;                    ///< the user's own words for the run
  std::string name, run_folder, output_file;  ///< output_file empty: there is none
  std::string look_into;                      ///< the file to look into; empty: the best one for this end is named
  std::optional<double> seconds;              ///< none: nobody knows
  std::optional<std::uint64_t> rows;          ///< none: they are not counted yet
  std::uint64_t short_items = 0;              ///< of the failed items, those of short returns: no retry will mend them
  std::vector<std::string> warnings;
  Slicing slicing = {};
  std::vector<std::string> advice;  ///< what stood out, and what would help (report/advice)
  std::string command;              ///< with which the run goes on; empty: it is not known
  bool may_start_again = false;     ///< a loss ended this start, and the launcher may give the command again
  std::string joined_in;            ///< of a slice: the run folder that has its rows; empty: no join has put them there
};

/// logs/job_result.txt: how it ended, why, the figures, where to look, what to do next.
std::string job_result_text(const RunResult& result);

/// The last line on stderr, with its line break left out: names the cause and the file to look into (rule 8).
/// `is_coloured`: how it ended is.
std::string last_line(const RunResult& result, bool is_coloured = false);

/// What goes before the last line when a run failed: the most frequent causes, one a line; empty where there are none.
std::string frequent_causes_text(const RunResult& result);

}  // namespace prs
