#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/ids.hpp"

namespace prs {

/// A mini-batch that was handed out and has not ended when the job gives up for want of progress (rule 6.7).
struct StuckMiniBatch {
  MiniBatchIndex mini_batch;
  std::uint64_t items = 0;
  std::vector<std::string> first_items;  ///< paths; two or three are enough
  std::string worker;                    ///< "process003"
  std::string host;
  std::int64_t running_since_unix_nanoseconds = 0;  ///< 0: the worker holds it and has not started it
};

/// What the job says when nothing ended for `seconds`: the first line is the cause in short and names the mini-batch
/// that runs longest; the others name all that are stuck, those that run before those that only wait at a worker; at
/// most 20.
std::string stuck_text(const std::vector<StuckMiniBatch>& stuck, double seconds);

}  // namespace prs
