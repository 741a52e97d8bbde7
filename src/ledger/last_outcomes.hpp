#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace prs {

/// A mini-batch's last outcome and why it failed; `dequeue_count` 0: it has none.
struct LastOutcome {
  Outcome outcome;
  ErrorId error = 0;  ///< number over all segments
};

/// The last outcome of each mini-batch, as places in the ledger: 8 bytes each (rule 3.8). What stands there is read
/// again where it is wanted, since the outcomes of ten million mini-batches are more than rank 0 should hold.
/// Made by read_history(). Reading throws InfrastructureError, also where the ledger is not any more what it was.
class LastOutcomes {
 public:
  explicit LastOutcomes(std::uint64_t mini_batches = 0) : places_(mini_batches) {}
  std::uint64_t mini_batches() const { return places_.size(); }
  bool has(MiniBatchIndex mini_batch) const { return places_[mini_batch.value] != 0; }
  /// Its last try failed; with `run_max_try`: and it is given up for that, with so many tries.
  bool has_failed(MiniBatchIndex mini_batch, std::optional<std::uint32_t> run_max_try = std::nullopt) const;

  /// Calls back with each, in the order of the ledger, which is read once from front to back.
  void for_each(const std::function<void(const LastOutcome&)>& take) const;
  /// Those of some mini-batches, in the order in which these are given. Fast where their records are near each other.
  std::vector<LastOutcome> of(std::span<const MiniBatchIndex> mini_batches) const;
  /// Those of the mini-batches [begin, end).
  std::vector<LastOutcome> of_range(std::uint64_t begin, std::uint64_t end) const;
  /// The rows of these; length 0: they have none.
  std::vector<Stretch> rows_of_range(std::uint64_t begin, std::uint64_t end) const;

  // While the ledger is read for the first time
  void begin_segment(const std::string& path);
  void end_segment(std::uint64_t valid_bytes) { segments_.back().valid_bytes = valid_bytes; }
  /// The segment's own number of an error, and the one over all segments. Of two for the same the first one counts.
  void set_error(ErrorId own, ErrorId number);
  /// The number of the outcome's error.
  ErrorId set(const Outcome& outcome, ErrorId own_error, std::uint64_t at_bytes);
  /// Puts those of another ledger, of the mini-batches [begin, end), behind these. Its errors get so much larger
  /// numbers, and so do the parts of its rows.
  struct Shift {
    ErrorId errors = 0;
    std::uint32_t parts = 0;
  };
  void append(const LastOutcomes& other, std::uint64_t begin, std::uint64_t end, Shift shift);
  /// Those of which has_failed() says so have no outcome from now on; whether there was any.
  bool forget_failed(std::optional<std::uint32_t> run_max_try);

 private:
  /// A segment begins, as places count, where the one before it ends.
  struct Segment {
    std::string path;
    std::uint64_t begin = 0;
    std::uint64_t valid_bytes = 0;
    /// An outcome names an error that was there before it.
    struct Error {
      ErrorId number = 0;
      std::uint64_t behind = 0;  ///< the last outcome before it
    };
    std::map<ErrorId, Error> errors;
    std::uint32_t parts_before = 0;  ///< added to the numbers of its parts
    std::uint64_t end() const { return begin + valid_bytes; }
    ErrorId number_of(ErrorId own, std::uint64_t place) const;
    void place_rows(Outcome& outcome) const {
      if (outcome.stretch.length_bytes > 0) outcome.stretch.part += parts_before;
    }
  };
  // A place takes 48 bits. Of a try that failed, its number lies above them, and on top whether it was the last one at
  // any rate (a lost worker's).
  static constexpr int tries_shift = 48;
  static constexpr std::uint64_t place_mask = (std::uint64_t{1} << tries_shift) - 1;
  static constexpr std::uint64_t most_tries = (std::uint64_t{1} << 14) - 1;
  static constexpr std::uint64_t lost_bit = std::uint64_t{1} << 62;
  static constexpr std::uint64_t failed_bit = std::uint64_t{1} << 63;
  static std::uint64_t word_of(const Outcome& outcome, std::uint64_t place);
  std::uint64_t place_of(MiniBatchIndex mini_batch) const { return places_[mini_batch.value] & place_mask; }

  std::vector<std::uint64_t> places_;  ///< by mini-batch; 0: none
  std::vector<Segment> segments_;
  std::uint64_t latest_place_ = 0;  ///< that was set
};

}  // namespace prs
