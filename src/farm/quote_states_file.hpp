#pragma once

#include <optional>
#include <string>

#include "dataset/table_plan.hpp"

namespace prs {

/// The quote states of a run's mini-batches, kept in its folder so that no later start counts again. The bytes, numbers
/// little-endian: "prsquote", version (u32), the plan's fingerprint (u64), count (u64), a byte for each mini-batch,
/// XXH3-64 of all before it.

/// Throws InfrastructureError.
void save_quote_states(const std::string& path, const TablePlan& plan);
/// Puts them into the plan. False where there are none, or none of this plan: they have to be counted.
bool load_quote_states(const std::string& path, TablePlan& plan);

}  // namespace prs
