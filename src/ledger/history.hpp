#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/last_outcomes.hpp"
#include "ledger/ledger.hpp"
#include "model/byte_ranges.hpp"
#include "model/verdict.hpp"

namespace prs {

/// The end of a record, in one of the segments 1, 2 …
struct LedgerPlace {
  std::uint32_t segment = 0;
  std::uint64_t end_bytes = 0;
};

/// What all segments of a run's ledger say together: for each mini-batch the last outcome, and what the run had
/// settled. Read by rank 0 at the start (to resume) and at the end (to put the rows together and count).
struct History {
  LastOutcomes last;
  std::vector<Failure> errors;  ///< number − 1
  std::map<ErrorId, std::uint64_t> error_counts;
  std::string columns;                       ///< the settled header line, empty: none yet
  std::vector<std::uint64_t> segment_bytes;  ///< valid length of segment 1, 2 …
  std::vector<std::string> problems;         ///< torn tails and the like, for the log
  std::uint32_t next_part = 1;
  std::uint64_t outcomes = 0;
  std::uint32_t idle_starts = 0;                       ///< the last starts in a row that made no progress (rule 7.4)
  std::map<MiniBatchIndex, std::uint32_t> loss_marks;  ///< so many lost ranks held it, and it has not passed
  std::uint32_t last_retry_start = 0;                  ///< the last start that gave what had failed a new set of tries

  /// The output file while it is put together.
  struct Building {
    std::uint64_t layout = 0;         ///< which rows stand where
    std::vector<std::string> leases;  ///< whose name the file has, or had, or was about to get; in this order
    ByteRanges written;
    bool has_outcomes_since = false;  ///< mini-batches ran since it was begun
  };
  std::optional<Building> building;

  /// The output file was about to get its name.
  struct Finishing {
    std::uint64_t length_bytes = 0;
    std::uint64_t layout = 0;
    LedgerPlace place;               ///< what it holds is what the ledger said up to here
    std::optional<FileStamp> named;  ///< as it was when it had its name (no device); none: perhaps it never got it
  };
  std::optional<Finishing> finishing;
  bool is_finished = false;  ///< and all else was done, too

  /// So many starts in a row made no progress that another one by itself would make none, either (rule 7.4).
  static constexpr std::uint32_t most_idle_starts = 3;
  bool has_idled() const { return idle_starts >= most_idle_starts; }

  std::uint32_t starts() const { return static_cast<std::uint32_t>(segment_bytes.size()); }
};

/// Reads segments 1, 2 … as `segment_path` names them until one is missing. Each later segment's header says where the
/// earlier ones end; bytes behind that are nobody's. A segment of another plan, or for another number of mini-batches,
/// is left out as a problem. `until`: as it was when the ledger ended there. `below`: what the ledger goes on from, of
/// as many mini-batches.
History read_history(const std::function<std::string(std::uint32_t)>& segment_path, std::uint64_t plan_fingerprint,
                     std::uint64_t mini_batches, std::optional<LedgerPlace> until = std::nullopt,
                     const History* below = nullptr);

/// The fingerprint that the latest segment has of its plan; none: there is no segment whose header can be read.
std::optional<std::uint64_t> latest_plan(const std::function<std::string(std::uint32_t)>& segment_path);

/// Puts the outcomes of the mini-batches [begin, end) in `slice`, which is finished, behind those of `all`: a ledger of
/// another run folder, whose parts have so much larger numbers here. What of it is about that folder alone stays out.
void append_slice(History& all, const History& slice, std::uint64_t begin, std::uint64_t end,
                  std::uint32_t parts_before);

/// What was given up, with so many tries, counts as never tried from now on (--retry-failed); what still has tries left
/// keeps its own. Without a number: all that failed, which is what older programs meant. Whether there was any.
bool forget_failed(History& history, std::optional<std::uint32_t> run_max_try);

/// Counts over last outcomes, each of which is added once.
struct Totals {
  Tally tally;  ///< what the last tally round must equal (rule 1.3)
  std::uint64_t rows = 0;
  std::uint64_t short_mini_batches = 0;  ///< done, with fewer rows than items
  std::uint64_t short_items = 0;         ///< items without a row in these
  void add(const Outcome& last, std::uint32_t run_max_try);
};

}  // namespace prs
