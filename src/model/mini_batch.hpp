#pragma once

#include <cstdint>
#include <string>

#include "model/ids.hpp"
#include "model/mini_batch_items.hpp"

namespace prs {

/// One hand-out of a mini-batch: what a worker needs to try it.
struct Task {
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 1;  ///< the number of this try, 1 …
  MiniBatchItems items;
  /// Of its partition keys, in their order, each followed by a NUL (rule 3.6). Empty: the run has none.
  std::string key_values = {};
};

}  // namespace prs
