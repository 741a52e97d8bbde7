#include "report/run_times.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace prs {

/// Below 32 each number has a step of its own; above, the five bits behind the first one tell the step.
std::size_t RunTimes::step_of(std::uint64_t microseconds) {
  if (microseconds < steps) return static_cast<std::size_t>(microseconds);
  const int octave = static_cast<int>(std::bit_width(microseconds)) - 6;  // 32 … 63: 0
  const std::size_t step = (static_cast<std::size_t>(octave) + 1) * steps + ((microseconds >> octave) & (steps - 1));
  return std::min(step, steps * octaves - 1);
}

std::uint64_t RunTimes::begin_of(std::size_t step) {
  if (step < steps) return step;
  return (steps + step % steps) << (step / steps - 1);
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
  const std::uint64_t middle = (begin_of(step) + begin_of(step + 1)) / 2;
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
