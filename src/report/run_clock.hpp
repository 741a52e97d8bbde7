#pragma once

#include <cstdint>
#include <vector>

namespace prs {

/// The time of a run: that of its starts one after the other, without what lies between them. In microseconds. A run
/// that went on the next day is shown without the night.
class RunClock {
 public:
  struct Start {
    std::int64_t began = 0;      ///< unix time
    std::uint64_t duration = 0;  ///< as far as is known; it may grow
    std::uint64_t offset = 0;    ///< of its beginning, in the run's time
  };
  /// In the order of their time. Where there are none, the first time that is asked for is the beginning of one.
  void set_starts(const std::vector<Start>& starts);
  const std::vector<Start>& starts() const { return starts_; }

  /// In which start that was.
  std::size_t start_of(std::int64_t unix_microseconds);
  /// The time of the run. What is before that start (clocks of two nodes differ) is at its beginning.
  std::uint64_t time_of(std::size_t start, std::int64_t unix_microseconds) const;
  /// Something happened then: the start lasts at least until it, and later ones begin after it. Who reads files reads
  /// those of earlier starts first, so that what later ones did keeps its place.
  void stretch(std::size_t start, std::uint64_t run_time);
  /// Of all starts.
  std::uint64_t duration() const;

 private:
  void follow_on();

  std::vector<Start> starts_;
};

}  // namespace prs
