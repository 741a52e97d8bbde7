#include "mpi/tally_rounds.hpp"

#include "support/errors.hpp"
#include "support/log.hpp"

namespace prs {
namespace {

RoundNumbers numbers_of(const Contribution& mine) {
  return {mine.tally.failed_items,
          mine.tally.failed_mini_batches,
          mine.tally.gave_up,
          mine.tally.done,
          mine.tally.succeeded_items,
          static_cast<std::int64_t>(mine.never_handed_out),
          static_cast<std::int64_t>(mine.quiet_farm)};
}

}  // namespace

TallyRounds::TallyRounds(const RoundComms& comms, const Thresholds& thresholds, bool survives_losses)
    : survivors_(comms, survives_losses), thresholds_(thresholds) {}

bool TallyRounds::step(const Contribution& mine, TimePoint now) {
  if (survivors_.is_over()) return false;
  if (survivors_.heed_losses()) begin_anew();
  if (!is_in_flight()) {
    if (is_final()) return false;
    if (now < next_ && !is_hurried_ && !is_last_round_) return false;
    survivors_.begin(numbers_of(mine));
  }
  const auto sums = survivors_.test();
  if (sums) end(*sums, now);
  return sums.has_value();
}

void TallyRounds::end(const RoundNumbers& sums, TimePoint now) {
  sum_ = Tally{sums[0], sums[1], sums[2], sums[3], sums[4]};
  const bool all_handed_out = sums[5] == 0;
  ++ended_;
  next_ = now + interval;
  if (!verdict_.aborts()) verdict_ = evaluate(sum_, thresholds_, all_handed_out);
  if (is_last_round_) {
    is_last_round_ = false;
    final_farm_ = quiet_farm_;
  } else if (sums[6] != 0) {
    is_last_round_ = true;
    quiet_farm_ = static_cast<std::uint32_t>(sums[6]);
  }
}

void TallyRounds::begin_farm(std::uint32_t farm) {
  if (farm == farm_) return;
  PRS_INVARIANT(farm > farm_);
  farm_ = farm;
  is_hurried_ = false;
}

void TallyRounds::begin_anew() {
  log().info("the tally rounds go on without {} lost ranks", missing().size());
  verdict_ = {};
  is_last_round_ = false;
  final_farm_ = 0;  // others may not have seen it
  next_ = {};
}

}  // namespace prs
