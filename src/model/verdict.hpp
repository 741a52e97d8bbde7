#pragma once

#include <cstdint>
#include <string>

#include "model/outcome.hpp"

namespace prs {

/// Counts of failures. What one rank holds is the sum of what its own tries changed, so a field may be negative there;
/// the sum over all ranks is what rule 6.3 counts.
struct Tally {
  std::int64_t failed_items = 0;         ///< items of mini-batches given up, plus the short returns
  std::int64_t failed_mini_batches = 0;  ///< mini-batches whose latest try failed
  std::int64_t gave_up = 0;              ///< mini-batches dropped for good
  std::int64_t done = 0;                 ///< mini-batches whose latest try succeeded
  std::int64_t succeeded_items = 0;      ///< items of those

  bool operator==(const Tally&) const = default;
  Tally& operator+=(const Tally& other);
  Tally& operator-=(const Tally& other);
};

/// What a mini-batch counts for whose last outcome this is.
Tally tally_of(const Outcome& last, std::uint32_t run_max_try);

/// What an outcome changes in the tally, on whatever rank: the tries before it failed, and the one just before it
/// stands charged (rule 6.3).
Tally charge_of(const Outcome& outcome, std::uint32_t run_max_try);

/// Whether this outcome leaves the mini-batch dropped for good: no try is left (rule 6.1), or it was running on too
/// many lost ranks (rule 7.4).
bool gives_up(const Outcome& outcome, std::uint32_t run_max_try);

/// Done, with fewer rows than items (rule 4.4).
bool is_short_return(const Outcome& outcome);

/// Why a run whose rows were to be put together fails without them: not one item succeeded (rule 5.5). Empty: it does
/// not.
std::string text_of_missing_output(const Tally& tally);

/// The three limits (rules 2.3, 6.4). −1 and 100 ignore.
struct Thresholds {
  std::int64_t error_threshold = -1;
  std::int64_t allowed_failed_count = -1;
  double allowed_failed_percent = 100.0;
  std::uint64_t mini_batches = 0;     ///< of the whole run
  bool counts_given_up_only = false;  ///< a mini-batch that has tries left has not failed (rule 6.3)

  /// The mini-batches that count as failed.
  std::int64_t failed_of(const Tally& tally) const {
    return counts_given_up_only ? tally.gave_up : tally.failed_mini_batches;
  }
};

/// Go on, or abort and which limit was passed.
struct Verdict {
  enum class Limit : std::uint8_t { none, error_threshold, allowed_failed_count, allowed_failed_percent };
  Limit limit = Limit::none;
  Tally tally;  ///< the figures that it was decided from
  bool aborts() const { return limit != Limit::none; }
  /// "12 failed items exceed error_threshold 10": the limit and the figures. Empty when it does not abort.
  std::string text(const Thresholds& thresholds) const;
};

/// rule 6.4: strictly greater, each limit alone is enough, the percentage only once everything was handed out.
/// The same pure function on every rank.
Verdict evaluate(const Tally& tally, const Thresholds& thresholds, bool all_handed_out);

}  // namespace prs
