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
  //      └──────no sign of life──┴──▶ killed (only a reader says so)
  enum class State { starting, running, ended, killed };
  State state = State::starting;
  RunResult result;  ///< its status and causes mean something only once the run has ended
  Pace pace;
  std::int64_t started_unix_nanoseconds = 0;
  std::int64_t updated_unix_nanoseconds = 0;
  std::string holder;  ///< "host node1, process 4711"
  std::string lease;   ///< the lease of the start that this is of (RunLease::name())

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

/// The same for people: what job_result.txt says where the run has ended, else how far it is, and what to do.
std::string status_text(const RunStatus& status, std::int64_t now_unix_nanoseconds);

}  // namespace prs
