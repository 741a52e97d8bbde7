#include "model/verdict.hpp"

#include <cstdio>

namespace prs {

Tally& Tally::operator+=(const Tally& other) {
  failed_items += other.failed_items;
  failed_mini_batches += other.failed_mini_batches;
  gave_up += other.gave_up;
  done += other.done;
  succeeded_items += other.succeeded_items;
  return *this;
}

Tally& Tally::operator-=(const Tally& other) {
  failed_items -= other.failed_items;
  failed_mini_batches -= other.failed_mini_batches;
  gave_up -= other.gave_up;
  done -= other.done;
  succeeded_items -= other.succeeded_items;
  return *this;
}

bool gives_up(const Outcome& outcome, std::uint32_t run_max_try) {
  return !outcome.is_done() && (outcome.dequeue_count >= run_max_try || outcome.status == TryStatus::worker_lost);
}

bool is_short_return(const Outcome& outcome) {
  return outcome.is_done() && outcome.succeeded < outcome.items;
}

Tally tally_of(const Outcome& last, std::uint32_t run_max_try) {
  Tally tally;
  if (last.is_done()) {
    tally.done = 1;
    tally.succeeded_items = last.succeeded;
    tally.failed_items = std::int64_t{last.items} - last.succeeded;
    return tally;
  }
  tally.failed_mini_batches = 1;
  if (gives_up(last, run_max_try)) {
    tally.gave_up = 1;
    tally.failed_items = last.items;
  }
  return tally;
}

Tally charge_of(const Outcome& outcome, std::uint32_t run_max_try) {
  Tally change = tally_of(outcome, run_max_try);
  if (outcome.dequeue_count > 1) change.failed_mini_batches -= 1;
  return change;
}

std::string text_of_missing_output(const Tally& tally) {
  return tally.succeeded_items == 0 ? "not one item succeeded, so there is no output" : "";
}

Verdict evaluate(const Tally& tally, const Thresholds& thresholds, bool all_handed_out) {
  using Limit = Verdict::Limit;
  Verdict verdict{Limit::none, tally};
  if (thresholds.error_threshold >= 0 && tally.failed_items > thresholds.error_threshold) {
    verdict.limit = Limit::error_threshold;
  } else if (thresholds.allowed_failed_count >= 0 && thresholds.failed_of(tally) > thresholds.allowed_failed_count) {
    verdict.limit = Limit::allowed_failed_count;
  } else if (thresholds.allowed_failed_percent < 100.0 && all_handed_out && thresholds.mini_batches > 0 &&
             100.0 * static_cast<double>(thresholds.failed_of(tally)) >
                 thresholds.allowed_failed_percent * static_cast<double>(thresholds.mini_batches)) {
    verdict.limit = Limit::allowed_failed_percent;
  }
  return verdict;
}

std::string Verdict::text(const Thresholds& thresholds) const {
  const std::int64_t of_items = tally.failed_items, of_mini_batches = thresholds.failed_of(tally);
  const bool is_one = of_mini_batches == 1;
  char percent[96];
  switch (limit) {
    case Limit::none:
      return {};
    case Limit::error_threshold:
      return std::to_string(of_items) +
             (of_items == 1 ? " failed item exceeds error_threshold " : " failed items exceed error_threshold ") +
             std::to_string(thresholds.error_threshold);
    case Limit::allowed_failed_count:
      return std::to_string(of_mini_batches) +
             (is_one ? " failed mini-batch exceeds allowed_failed_count "
                     : " failed mini-batches exceed allowed_failed_count ") +
             std::to_string(thresholds.allowed_failed_count);
    case Limit::allowed_failed_percent:
      std::snprintf(percent, sizeof percent, " (%.4g %% of %llu) %s allowed_failed_percent %g",
                    100.0 * static_cast<double>(of_mini_batches) / static_cast<double>(thresholds.mini_batches),
                    static_cast<unsigned long long>(thresholds.mini_batches), is_one ? "exceeds" : "exceed",
                    thresholds.allowed_failed_percent);
      return std::to_string(of_mini_batches) + (is_one ? " failed mini-batch" : " failed mini-batches") + percent;
  }
  return {};
}

}  // namespace prs
