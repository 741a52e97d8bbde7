#pragma once

#include <span>

#include "dataset/plan.hpp"
#include "farm/slices.hpp"
#include "ledger/history.hpp"

namespace prs {

/// Writes failed_items.csv: what failed for good, ready to be used again (rule 5.7). All items of what was given up,
/// and those of a short return, since run() does not tell which of them it left out. `failed`: the mini-batches of
/// which some items failed for good, in order. `ledgers`: of which the history is; the last one is of the folder that
/// the list is for. Throws InfrastructureError.
void write_failed_items(std::span<const RunLedger> ledgers, const Plan& plan, const History& history,
                        std::span<const MiniBatchIndex> failed);

}  // namespace prs
