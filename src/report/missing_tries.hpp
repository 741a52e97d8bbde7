#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "model/outcome.hpp"

namespace prs {

/// Which outcomes of the ledger have no row in the workers' files: a row is written up to a second after the ledger has
/// its outcome, and goes with its worker. Two rounds over both. In the first one outcomes and rows are counted against
/// each other, by mini-batch, in 4 bytes each; in the second those mini-batches are looked at that do not add up. A try
/// is told by its mini-batch, its number and how it ended; the same one may have been done more than once, after damage
/// or with a new set of tries.
class MissingTries {
 public:
  explicit MissingTries(std::uint64_t mini_batches) : balance_(mini_batches) {}

  // First round, in any order
  void count_outcome(const Outcome& outcome) { add(outcome, 1); }
  void count_row(const Outcome& row) { add(row, -1); }
  // Second round, all rows first
  void note_row(const Outcome& row);
  /// No row is left for this outcome; else one row is its own from now on.
  bool is_missing(const Outcome& outcome);

 private:
  using Key = std::tuple<std::uint64_t, std::uint32_t, TryStatus>;
  static Key key_of(const Outcome& outcome) {
    return {outcome.mini_batch.value, outcome.dequeue_count, outcome.status};
  }
  void add(const Outcome& outcome, int sign);
  bool adds_up(const Outcome& outcome) const;

  std::vector<std::uint32_t> balance_;
  std::map<Key, std::uint32_t> rows_;  ///< of the mini-batches that do not add up
};

}  // namespace prs
