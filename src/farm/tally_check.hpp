#pragma once

#include "model/verdict.hpp"

namespace prs {

/// The collective's last word, and what rank 0's queue counted, must be the ledger's own count (rule 1.3). Throws
/// InfrastructureError where they are not.
void check_tallies(const Tally& ledger, const Tally& last_round, const Tally& queue);

}  // namespace prs
