#pragma once

#include <cstdint>

#include "model/ids.hpp"
#include "model/mini_batch_items.hpp"

namespace prs {

/// One hand-out of a mini-batch: what a worker needs to try it.
struct Task {
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 1;  ///< the number of this try, 1 …
  MiniBatchItems items;
};

}  // namespace prs
