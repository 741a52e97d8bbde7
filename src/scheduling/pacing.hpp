#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace prs {

/// How far ahead a worker works for a given mean run time. Pure.
struct Lookahead {
  std::uint32_t credit = 1;  ///< mini-batches that the worker may hold
  std::size_t window = 1;    ///< of these, what its host may hold
};

/// Credit covers the round trip to the master and back: many when runs are short, two at most above 50 ms, so that no
/// worker sits on work that another could do.
Lookahead lookahead_for(std::chrono::nanoseconds mean_run);

/// The longest sleep of a rank while `held` mini-batches are out at one worker: a quarter of the time that they last,
/// so that near the end, when little is held, nobody waits for a rank that sleeps.
std::chrono::nanoseconds nap_while_held(std::chrono::nanoseconds mean_run, std::uint64_t held);

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
