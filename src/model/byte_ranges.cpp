#include "model/byte_ranges.hpp"

#include <algorithm>
#include <iterator>

namespace prs {

void ByteRanges::add(ByteRange range) {
  if (range.begin >= range.end) return;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin() && std::prev(next)->second >= range.begin) --next;
  while (next != ends_.end() && next->first <= range.end) {
    range = {std::min(range.begin, next->first), std::max(range.end, next->second)};
    next = ends_.erase(next);
  }
  ends_[range.begin] = range.end;
}

std::uint64_t ByteRanges::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [begin, end] : ends_) sum += end - begin;
  return sum;
}

std::vector<ByteRange> ByteRanges::gaps(ByteRange whole) const {
  std::vector<ByteRange> missing;
  for (const auto& [begin, end] : ends_) {
    if (begin > whole.begin && whole.begin < whole.end) missing.push_back({whole.begin, std::min(begin, whole.end)});
    whole.begin = std::max(whole.begin, end);
  }
  if (whole.begin < whole.end) missing.push_back(whole);
  return missing;
}

}  // namespace prs
