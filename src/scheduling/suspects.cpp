#include "scheduling/suspects.hpp"

#include <algorithm>

namespace prs {

std::vector<MiniBatchIndex> Suspects::all() const {
  std::vector<MiniBatchIndex> all;
  for (const auto& [mini_batch, losses] : losses_) all.push_back(mini_batch);
  std::sort(all.begin(), all.end());
  return all;
}

MiniBatchIndex Suspects::take() {
  const MiniBatchIndex next = waiting_.front();
  waiting_.pop_front();
  return next;
}

void Suspects::put_back(MiniBatchIndex mini_batch, bool in_front) {
  if (in_front)
    waiting_.push_front(mini_batch);
  else
    waiting_.push_back(mini_batch);
}

}  // namespace prs
