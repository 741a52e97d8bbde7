#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_figures.hpp"

namespace prs {

// What the page and the text on a terminal say alike. Plain text: nothing is escaped for HTML yet.

/// "850 us", "12.4 ms", "1.25 s", "3 min 20 s".
std::string fine_duration(std::uint64_t microseconds);
/// "62 %" of a whole; "0 %" of nothing.
std::string part_text(double part, double whole);

/// How the run stands.
enum class RunState {
  going_on,
  completed,             ///< and nothing failed
  completed_with_flaws,  ///< some items failed for good
  failed,
  interrupted,
  unknown  ///< it has not ended, and no job holds its folder
};
RunState state_of(const RunFigures& figures);
/// "Completed", "Running" …: one or two words.
std::string_view word_of(RunState state);
/// The outcome in one sentence.
std::string outcome_sentence(const RunFigures& figures);
/// What the user called the run, or its folder's name.
std::string title_of(const RunFigures& figures);

/// Name and seconds of each part of the workers' time, in the order in which a worker meets them.
struct NamedTime {
  std::string_view key, name, meaning;
  double seconds = 0;
};
std::vector<NamedTime> parts_of(const TimeSpent& spent);

/// "process003 on node1"; empty where nobody knows.
std::string worker_text(const TriesFigures& tries, std::size_t lane);
/// "prs_mpi try /data/config.yaml --mini-batch 17", ready for a shell.
std::string command_to_try(const RunFigures& figures, std::uint64_t mini_batch);

}  // namespace prs
