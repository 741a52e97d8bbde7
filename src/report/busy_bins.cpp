#include "report/busy_bins.hpp"

#include <algorithm>

namespace prs {

void BusyBins::reach(std::uint64_t time) {
  while (time / length_ >= most) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      Cell& into = cells_[i / 2];
      const Cell cell = cells_[i];
      if (i % 2 == 0) into = {};
      into.busy += cell.busy;
      into.tries += cell.tries;
      into.failed += cell.failed;
    }
    cells_.resize((cells_.size() + 1) / 2);
    length_ *= 2;
  }
  cells_.resize(std::max(cells_.size(), static_cast<std::size_t>(time / length_) + 1));
}

void BusyBins::add(std::uint64_t from, std::uint64_t to, bool has_failed) {
  reach(to);
  Cell& last = cells_[to / length_];
  ++last.tries;
  last.failed += has_failed ? 1 : 0;
  for (std::uint64_t at = std::min(from, to); at < to;) {
    const std::uint64_t end = std::min(to, (at / length_ + 1) * length_);
    cells_[at / length_].busy += static_cast<double>(end - at);
    at = end;
  }
}

BusyBins::Sum BusyBins::sum(std::uint64_t length_microseconds, std::size_t index) const {
  const std::size_t of_one = static_cast<std::size_t>(length_microseconds / length_);
  Sum sum;
  for (std::size_t i = index * of_one; i < std::min((index + 1) * of_one, cells_.size()); ++i) {
    sum.busy += cells_[i].busy;
    sum.tries += cells_[i].tries;
    sum.failed += cells_[i].failed;
  }
  sum.busy = std::min(1.0, sum.busy / static_cast<double>(length_microseconds));
  return sum;
}

}  // namespace prs
