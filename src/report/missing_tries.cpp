#include "report/missing_tries.hpp"

namespace prs {
namespace {

/// So mixed that tries which differ do not make up for each other.
std::uint32_t weight_of(const Outcome& outcome) {
  std::uint64_t mixed =
      std::uint64_t{outcome.dequeue_count} * try_status_count + static_cast<std::uint64_t>(outcome.status) + 1;
  mixed *= 0x9E3779B97F4A7C15U;
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9U;
  return static_cast<std::uint32_t>(mixed >> 32);
}

}  // namespace

void MissingTries::add(const Outcome& outcome, int sign) {
  if (outcome.mini_batch.value >= balance_.size()) return;
  const std::uint32_t weight = weight_of(outcome);
  balance_[outcome.mini_batch.value] += sign > 0 ? weight : 0U - weight;
}

bool MissingTries::adds_up(const Outcome& outcome) const {
  return outcome.mini_batch.value >= balance_.size() || balance_[outcome.mini_batch.value] == 0;
}

void MissingTries::note_row(const Outcome& row) {
  if (!adds_up(row)) ++rows_[key_of(row)];
}

bool MissingTries::is_missing(const Outcome& outcome) {
  if (adds_up(outcome)) return false;
  const auto row = rows_.find(key_of(outcome));
  if (row == rows_.end()) return true;
  if (--row->second == 0) rows_.erase(row);
  return false;
}

}  // namespace prs
