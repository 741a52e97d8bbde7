#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "model/ids.hpp"

namespace prs {

/// The mini-batches that a lost worker held (rule 7.4). Which of them took the rank with it is not known, and nothing
/// that the dead one wrote can be trusted to tell. So each is tried alone until it has passed: only then a further loss
/// can be its own doing alone. The Dispatcher's only.
class Suspects {
 public:
  /// So many lost ranks give a mini-batch up; the first one, which it was lost with in company, counts.
  static constexpr std::uint32_t most_losses = 3;

  /// A worker that held it was lost. True: that was one too many.
  bool mark(MiniBatchIndex mini_batch) { return ++losses_[mini_batch] >= most_losses; }
  /// What earlier starts of the run say of it.
  void restore(MiniBatchIndex mini_batch, std::uint32_t losses) { losses_[mini_batch] = losses; }
  bool contains(MiniBatchIndex mini_batch) const { return !losses_.empty() && losses_.contains(mini_batch); }
  /// It has passed, or is given up.
  void acquit(MiniBatchIndex mini_batch) {
    if (!losses_.empty()) losses_.erase(mini_batch);
  }
  /// In the order of the plan.
  std::vector<MiniBatchIndex> all() const;

  // Those that wait for a worker which holds nothing
  bool are_waiting() const { return !waiting_.empty(); }
  std::size_t waiting() const { return waiting_.size(); }
  MiniBatchIndex next() const { return waiting_.front(); }
  MiniBatchIndex take();
  void put_back(MiniBatchIndex mini_batch, bool in_front);

 private:
  std::unordered_map<MiniBatchIndex, std::uint32_t> losses_;
  std::deque<MiniBatchIndex> waiting_;
};

}  // namespace prs
