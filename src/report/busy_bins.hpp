#pragma once

#include <cstdint>
#include <vector>

namespace prs {

/// When one worker was busy, and when its tries failed: stretches of time of equal length, whose number is bounded,
/// however long the run is. They become twice as long when the time behind the last one is needed.
class BusyBins {
 public:
  static constexpr std::size_t most = 256;

  /// A try ran `from` … `to` in microseconds of the run.
  void add(std::uint64_t from, std::uint64_t to, bool has_failed);
  std::uint64_t length_microseconds() const { return length_; }
  /// What a bin of `length` that begins at `index * length` has; `length` is a multiple of its own.
  struct Sum {
    double busy = 0;  ///< part of the bin, 0 … 1
    std::uint64_t tries = 0, failed = 0;
  };
  Sum sum(std::uint64_t length_microseconds, std::size_t index) const;

 private:
  struct Cell {
    double busy = 0;  ///< microseconds
    std::uint32_t tries = 0, failed = 0;
  };
  void reach(std::uint64_t time);

  std::uint64_t length_ = 1000;
  std::vector<Cell> cells_;
};

}  // namespace prs
