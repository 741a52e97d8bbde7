#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace prs {

/// How far ahead a worker works, and how long its rank may nap, for a given mean run time. Pure.
struct Lookahead {
  std::uint32_t credit = 1;        ///< mini-batches that the worker may hold
  std::size_t window = 1;          ///< of these, what its host may hold
  std::chrono::nanoseconds nap{};  ///< the longest sleep of a rank while work is out
};

/// Credit covers the round trip to the master and back: many when runs are short, two at most above 50 ms, so that no
/// worker sits on work that another could do. A nap is at most a quarter of what is held, at most 25 ms.
Lookahead lookahead_for(std::chrono::nanoseconds mean_run);

/// The mean of the last runs, weighted so that it follows a change within a few runs, and at once when runs get long.
class MeanRun {
 public:
  void add(std::chrono::nanoseconds run);
  std::chrono::nanoseconds value() const { return mean_; }
  bool is_known() const { return is_known_; }

 private:
  std::chrono::nanoseconds mean_{};
  bool is_known_ = false;
};

}  // namespace prs
