#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "report/run_result.hpp"

namespace prs {

/// How a run stands, for `prs_mpi status` (rule 9.3): what rank 0 keeps in `.prs/status.json`, and what a reader makes
/// of it with a look at the lease. A plain value.
struct RunStatus {
  //  starting ──hand-outs──▶ running ──▶ ended{result.status}
  //    │  ▲  └──no sign of life──┤           │
  //    │  └──────────────────────┴───────────┴── a rank was lost, and the launcher is there still
  //    └──▶ stopped (SIGSTOP), or killed: only a reader says so, as of what starts again
  enum class State { starting, running, ended, killed, stopped };
  State state = State::starting;
  RunResult result;  ///< its status and causes mean something only once the run has ended
  Pace pace;
  std::int64_t started_unix_nanoseconds = 0;
  std::int64_t updated_unix_nanoseconds = 0;
  std::string holder;               ///< "host node1, process 4711"
  std::int64_t holder_process = 0;  ///< its number, where it is stopped
  std::string lease;                ///< the lease of the start that this is of (RunLease::name())

  std::string launcher;            ///< which process gives the command again after a loss; empty: none
  bool is_starting_again = false;  ///< by that launcher
  bool is_process_gone = false;    ///< of a killed run: else all that is known is that there is no sign of life
  bool is_of_ledger = false;       ///< it has no word of its own: no times, no workers

  bool is_over() const { return state == State::ended || state == State::killed; }
};

/// "running", and for one that has ended the word for its end: "completed", "failed", "error", "interrupted".
std::string_view word_of(const RunStatus& status);

/// One JSON object, the fields of docs/running.md; `indent` −1: on one line. Bytes that are no UTF-8 are replaced.
std::string json_of(const RunStatus& status, int indent);
/// None: it is not whole, or of another version.
std::optional<RunStatus> run_status_of(std::string_view json);

/// job_result.txt while the run goes on: what it says when the run is killed.
std::string job_started_text(const RunStatus& status);

/// One line of how far it is, at most `most_columns` wide.
std::string watch_line(const RunStatus& status, std::size_t most_columns);

/// The same for people: what job_result.txt says where the run has ended, else how far it is, and what to do.
std::string status_text(const RunStatus& status, std::int64_t now_unix_nanoseconds);

}  // namespace prs
