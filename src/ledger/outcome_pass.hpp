#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace prs {

/// All outcomes that a history was made of, once more, in their order: what read_history() keeps is the last one of
/// each mini-batch. `segment_bytes` is the history's. `failure` is null where the try succeeded. Holds the error texts
/// of one segment. For reports.
void read_outcomes(const std::function<std::string(std::uint32_t)>& segment_path,
                   const std::vector<std::uint64_t>& segment_bytes, std::uint64_t plan_fingerprint,
                   std::uint64_t mini_batches,
                   const std::function<void(const SegmentHeader&, const Outcome&, const Failure* failure)>& on_outcome);

}  // namespace prs
