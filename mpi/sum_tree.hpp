#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "mpi/small_messages.hpp"

namespace prs {

/// What a round sums up.
using RoundNumbers = std::array<std::int64_t, 7>;

/// An all-reduce over the ranks that are left (rule 7.4): each adds what its children in a binary tree send up, rank 0
/// at the root has the sum, and that goes down the same way. Sums follow one another: a rank has received all that was
/// sent to it in one before anybody sends it something of the next. Never blocks.
class SumTree {
 public:
  /// `size`: ranks of the communicator; `missing`: those that take no part, not rank 0. `tag`: of this tree alone, so
  /// that nothing is taken for its own that was sent in an earlier one.
  SumTree(SmallMessages& messages, int tag, int rank, int size, const std::vector<int>& missing);

  int tag() const { return tag_; }
  /// The next sum, once the last one has come.
  void begin(const RoundNumbers& mine);
  /// Does what can be done now; the sum once it has come.
  std::optional<RoundNumbers> test();

 private:
  struct Child {
    int rank = 0;
    bool has_come = false;
  };
  bool take_children();

  SmallMessages& messages_;
  int tag_;
  std::optional<int> parent_;  ///< none: the root
  std::vector<Child> children_;
  RoundNumbers numbers_{};
  bool is_sent_ = false;  ///< up
};

}  // namespace prs
