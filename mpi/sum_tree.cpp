#include "mpi/sum_tree.hpp"

#include <algorithm>

#include "support/errors.hpp"

namespace prs {

SumTree::SumTree(SmallMessages& messages, int tag, int rank, int size, const std::vector<int>& missing)
    : messages_(messages), tag_(tag) {
  std::vector<int> left;
  for (int other = 0; other < size; ++other)
    if (std::find(missing.begin(), missing.end(), other) == missing.end()) left.push_back(other);
  const auto found = std::find(left.begin(), left.end(), rank);
  PRS_INVARIANT(found != left.end());
  const auto place = static_cast<std::size_t>(found - left.begin());
  if (place > 0) parent_ = left[(place - 1) / 2];
  for (std::size_t child = 2 * place + 1; child <= 2 * place + 2 && child < left.size(); ++child)
    children_.push_back({left[child]});
}

void SumTree::begin(const RoundNumbers& mine) {
  numbers_ = mine;
  is_sent_ = false;
  for (Child& child : children_) child.has_come = false;
}

std::optional<RoundNumbers> SumTree::test() {
  if (!take_children()) return std::nullopt;
  if (parent_) {
    if (!is_sent_) messages_.send(*parent_, tag_, numbers_);
    is_sent_ = true;
    if (!messages_.receive(*parent_, tag_, numbers_)) return std::nullopt;
  }
  for (const Child& child : children_) messages_.send(child.rank, tag_, numbers_);
  return numbers_;
}

/// True: all children are in.
bool SumTree::take_children() {
  bool are_all_in = true;
  for (Child& child : children_) {
    RoundNumbers numbers;
    if (!child.has_come && messages_.receive(child.rank, tag_, numbers)) {
      child.has_come = true;
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers_[i] += numbers[i];
    }
    are_all_in = are_all_in && child.has_come;
  }
  return are_all_in;
}

}  // namespace prs
