#pragma once

#include <cstdint>
#include <string>

#include "model/ids.hpp"

namespace prs {

/// One hand-out of a mini-batch: what a worker needs to try it.
struct Task {
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 1;  ///< the number of this try, 1 …
  bool previous_try_failed =
      false;                ///< what the previous try charged (rule 6.3), so that a success can take it back anywhere
  std::uint32_t input = 0;  ///< which input it is of
  std::uint32_t item_count = 0;  ///< paths in `items`
  std::string items;             ///< absolute paths, each followed by a NUL
};

}  // namespace prs
