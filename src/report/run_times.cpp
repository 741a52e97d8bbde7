#include "report/run_times.hpp"

#include <algorithm>
#include <cmath>

namespace prs {

/// 0 is by itself.
std::size_t RunTimes::step_of(std::uint64_t microseconds) {
  if (microseconds == 0) return 0;
  const double step = std::floor(std::log2(static_cast<double>(microseconds)) * steps);
  return std::min(static_cast<std::size_t>(step) + 1, steps * octaves - 1);
}

double RunTimes::begin_of(std::size_t step) {
  return step == 0 ? 0 : std::exp2((static_cast<double>(step) - 1) / steps);
}

void RunTimes::add(std::uint64_t microseconds) {
  ++runs_[step_of(microseconds)];
  ++count_;
  sum_ += microseconds;
  longest_ = std::max(longest_, microseconds);
  shortest_ = std::min(shortest_, microseconds);
}

std::uint64_t RunTimes::quantile(double part) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  std::size_t step = 0;
  while (step + 1 < runs_.size() && (seen += runs_[step]) < wanted) ++step;
  const auto middle = static_cast<std::uint64_t>((begin_of(step) + begin_of(step + 1)) / 2);
  return std::clamp(middle, shortest_, longest_);
}

std::vector<RunTimes::Bar> RunTimes::bars(std::size_t most) const {
  if (count_ == 0) return {};
  const std::size_t first = step_of(shortest_), last = step_of(longest_);
  const std::size_t of_one = (last - first) / most + 1;
  std::vector<Bar> bars;
  for (std::size_t step = first; step <= last; step += of_one) {
    Bar bar{begin_of(step), begin_of(step + of_one), 0};
    for (std::size_t i = step; i < std::min(step + of_one, runs_.size()); ++i) bar.runs += runs_[i];
    bars.push_back(bar);
  }
  return bars;
}

}  // namespace prs
