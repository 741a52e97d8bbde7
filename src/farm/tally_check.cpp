#include "farm/tally_check.hpp"

#include <string>

#include "support/errors.hpp"

namespace prs {

void check_tallies(const Tally& ledger, const Tally& last_round, const Tally& queue) {
  if (ledger == last_round && ledger == queue) return;
  throw InfrastructureError(
      "internal error: the last tally round counts " + std::to_string(last_round.failed_mini_batches) +
      " failed mini-batches, " + std::to_string(last_round.failed_items) + " failed items and " +
      std::to_string(last_round.done) + " done, the ledger " + std::to_string(ledger.failed_mini_batches) + ", " +
      std::to_string(ledger.failed_items) + " and " + std::to_string(ledger.done));
}

}  // namespace prs
