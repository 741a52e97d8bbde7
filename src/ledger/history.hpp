#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "model/verdict.hpp"

namespace prs {

/// What all segments of a run's ledger say together: for each mini-batch the last outcome, and what the run had
/// settled. Read by rank 0 at the start (to resume) and at the end (to put the rows together and count).
struct History {
  /// A mini-batch's last outcome and why it failed; `dequeue_count` 0: it has none.
  struct Entry {
    Outcome outcome;
    ErrorId error = 0;  ///< number in `errors`, not in its segment
  };
  std::vector<Entry> entries;   ///< by mini-batch
  std::vector<Failure> errors;  ///< number − 1
  std::map<ErrorId, std::uint64_t> error_counts;
  std::string columns;                       ///< the settled header line, empty: none yet
  std::vector<std::uint64_t> segment_bytes;  ///< valid length of segment 1, 2 …
  std::vector<std::string> problems;         ///< torn tails and the like, for the log
  std::uint32_t next_part = 1;
  std::uint64_t outcomes = 0;
  std::uint32_t idle_starts = 0;                       ///< the last starts in a row that made no progress (SPEC 7.4)
  std::map<MiniBatchIndex, std::uint32_t> loss_marks;  ///< so many lost ranks held it, and it has not passed
  std::uint32_t last_retry_start = 0;                  ///< the last start that gave what had failed a new set of tries
  struct Finishing {
    std::uint64_t length_bytes = 0;
    std::uint64_t checksum = 0;
  };
  std::optional<Finishing> finishing;  ///< the final file was about to get its name
  bool is_finished = false;            ///< it has it

  std::uint32_t starts() const { return static_cast<std::uint32_t>(segment_bytes.size()); }
};

/// Reads segments 1, 2 … as `segment_path` names them until one is missing. Each later segment's header says where the
/// earlier ones end; bytes behind that are nobody's. A segment of another plan, or for another number of mini-batches,
/// is left out as a problem.
History read_history(const std::function<std::string(std::uint32_t)>& segment_path, std::uint64_t plan_fingerprint,
                     std::uint64_t mini_batches);

/// What was given up, with so many tries, counts as never tried from now on (--retry-failed); what still has tries left
/// keeps its own. Without a number: all that failed, which is what older programs meant. Whether there was any.
bool forget_failed(History& history, std::optional<std::uint32_t> run_max_try);

/// The failures as the ledger counts them (SPEC 1.3): what the last tally round must equal.
Tally tally_of(const History& history, std::uint32_t run_max_try);

}  // namespace prs
