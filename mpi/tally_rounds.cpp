#include "mpi/tally_rounds.hpp"

#include "support/errors.hpp"
#include "support/log.hpp"

namespace prs {

TallyRounds::TallyRounds(MPI_Comm comm, const Thresholds& thresholds, const FaultTolerance* fault_tolerance)
    : comm_(comm, fault_tolerance), thresholds_(thresholds) {}

bool TallyRounds::step(const Contribution& mine, TimePoint now) {
  if (comm_.is_over()) return false;
  if (comm_.is_mending()) {
    if (comm_.mend(now)) begin_anew();
    return false;
  }
  if (comm_.is_revoked()) {
    break_off();
    return false;
  }
  if (!round_) {
    if (is_final()) return false;
    if (now < next_ && !is_hurried_ && !is_last_round_) return false;
    begin(mine);
  }
  if (!round_ || !test()) return false;
  const Numbers sums = round_->receive;
  round_.reset();
  end(sums, now);
  return true;
}

void TallyRounds::begin(const Contribution& mine) {
  round_ = std::make_unique<Round>();
  round_->send = {mine.tally.failed_items,
                  mine.tally.failed_mini_batches,
                  mine.tally.gave_up,
                  mine.tally.done,
                  mine.tally.succeeded_items,
                  static_cast<std::int64_t>(mine.never_handed_out),
                  static_cast<std::int64_t>(mine.quiet_farm)};
  if (MPI_Iallreduce(round_->send.data(), round_->receive.data(), static_cast<int>(fields), MPI_INT64_T, MPI_SUM,
                     comm_.get(), &round_->request) != MPI_SUCCESS)
    break_off();
}

/// The round has come back; where it broke, it is broken off for all.
bool TallyRounds::test() {
  int has_ended = 0;
  if (MPI_Test(&round_->request, &has_ended, MPI_STATUS_IGNORE) == MPI_SUCCESS) return has_ended != 0;
  break_off();
  return false;
}

void TallyRounds::end(const Numbers& sums, TimePoint now) {
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

void TallyRounds::on_rank_lost(int world_rank, TimePoint now) {
  if (comm_.on_rank_lost(world_rank, now)) (void)round_.release();
}

void TallyRounds::break_off() {
  (void)round_.release();
  comm_.break_off();
}

void TallyRounds::begin_anew() {
  log().info("the tally rounds go on without {} lost ranks", missing().size());
  verdict_ = {};
  is_last_round_ = false;
  final_farm_ = 0;  // others may not have seen it
  next_ = {};
}

}  // namespace prs
