#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace prs {

/// How long runs took: count, extremes, quantiles, and bars for a chart. In microseconds. Its memory is the same for
/// ten runs and for a billion: a time is kept as one of 32 steps of equal ratio between two powers of two, so that a
/// quantile is right within 2 %.
class RunTimes {
 public:
  void add(std::uint64_t microseconds);

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t longest() const { return longest_; }
  std::uint64_t shortest() const { return count_ > 0 ? shortest_ : 0; }
  /// 0.5 is the median; 0 where there are no runs.
  std::uint64_t quantile(double part) const;

  struct Bar {
    double from = 0, to = 0;  ///< microseconds; `to` is not in it
    std::uint64_t runs = 0;
  };
  /// At most `most` bars of equal ratio from the shortest to the longest.
  std::vector<Bar> bars(std::size_t most) const;

 private:
  static constexpr std::size_t steps = 32, octaves = 44;  ///< up to 200 days
  static std::size_t step_of(std::uint64_t microseconds);
  static double begin_of(std::size_t step);

  std::array<std::uint64_t, steps * octaves> runs_{};
  std::uint64_t count_ = 0, sum_ = 0, longest_ = 0, shortest_ = UINT64_MAX;
};

}  // namespace prs
