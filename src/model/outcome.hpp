#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/ids.hpp"

namespace prs {

/// How a try ended; the names that processed_mini-batches.csv prints (rule 9.2).
enum class TryStatus : std::uint8_t {
  run_done,
  run_exception,
  run_timeout,
  load_exception,
  load_timeout,
  process_died,
  worker_lost,  ///< was running on three lost ranks: given up, whatever tries are left (rule 7.4)
  bad_return,
};
inline constexpr std::size_t try_status_count = 8;

/// "RUN_DONE", "RUN_EXCEPTION" …
std::string_view name_of(TryStatus status);
std::optional<TryStatus> try_status_of(std::string_view name);

/// Where the rows of one try lie: `length_bytes` from `offset_bytes` on in part number `part` of this run folder.
/// `checksum` is XXH3-64 of those bytes.
struct Stretch {
  std::uint32_t part = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  std::uint64_t checksum = 0;
  bool operator==(const Stretch&) const = default;
};

/// How one try of one mini-batch ended (docs/rules.md, "Words"). Small and plain: one is made for every try of a run.
struct Outcome {
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 0;  ///< the number of the try, 1 …
  TryStatus status = TryStatus::run_done;
  std::uint32_t items = 0;      ///< of the mini-batch; 1 where it could not be found out (rule 4.5)
  std::uint32_t succeeded = 0;  ///< min(rows returned, items) when done, else 0 (rule 4.4)
  std::uint64_t rows = 0;       ///< rows returned
  Stretch stretch;
  bool operator==(const Outcome&) const = default;

  bool is_done() const { return status == TryStatus::run_done; }
};

/// Of the items of a mini-batch for which run() returned so many rows, those that count as succeeded (rule 4.4).
std::uint32_t succeeded_items(std::uint64_t rows, std::uint32_t items);

/// It was done, but with other columns than the run's: it counts as a bad return, and its rows as none (rule 5.2). Rank
/// 0 finds that out, and the try's worker is told.
void overrule(Outcome& outcome);
inline constexpr std::string_view column_mismatch_category = "ColumnMismatch";

/// Why a try failed, for people: the category groups ("ValueError", "Timeout"), the message is one line, the detail a
/// traceback.
struct Failure {
  std::string category;
  std::string message;
  std::string detail;
  bool operator==(const Failure&) const = default;
};

}  // namespace prs
