#pragma once

#include <cstdint>
#include <vector>

#include "model/ids.hpp"
#include "model/outcome.hpp"

namespace prs {

/// One mini-batch goes to a worker.
struct HandOut {
  WorkerId worker;
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 1;
  bool operator==(const HandOut&) const = default;
};

/// A worker is asked to give back what it has not started, all but `keep`.
struct CallBack {
  WorkerId worker;
  std::uint32_t keep = 1;
  bool operator==(const CallBack&) const = default;
};

/// What the Dispatcher has the master do, in order.
struct Commands {
  std::vector<HandOut> hand_outs;
  std::vector<CallBack> call_backs;
  std::vector<MiniBatchIndex> loss_marks;  ///< was held by a rank that was lost: for the ledger
  std::vector<Outcome> given_up;           ///< over without a try of its own: for the ledger
  void clear() { *this = {}; }
  bool is_empty() const { return hand_outs.empty() && call_backs.empty() && loss_marks.empty() && given_up.empty(); }
};

}  // namespace prs
