#include "mpi/tally_rounds.hpp"

namespace prs {

TallyRounds::TallyRounds(MPI_Comm comm, const Thresholds& thresholds) : comm_(comm), thresholds_(thresholds) {}

bool TallyRounds::step(const Contribution& mine, TimePoint now) {
  if (phase_ == Phase::final_ended) return false;
  if (!is_in_flight()) {
    if (now < next_ && !is_hurried_ && phase_ == Phase::open) return false;
    begin(mine);
  }
  int has_ended = 0;
  MPI_Test(&request_, &has_ended, MPI_STATUS_IGNORE);
  if (has_ended == 0) return false;
  end(now);
  return true;
}

void TallyRounds::begin(const Contribution& mine) {
  send_ = {mine.tally.failed_items, mine.tally.failed_mini_batches, mine.tally.gave_up,
           mine.tally.done,         mine.tally.succeeded_items,     static_cast<std::int64_t>(mine.never_handed_out),
           mine.is_quiet ? 1 : 0};
  MPI_Iallreduce(send_.data(), receive_.data(), static_cast<int>(fields), MPI_INT64_T, MPI_SUM, comm_, &request_);
}

void TallyRounds::end(TimePoint now) {
  sum_ = Tally{receive_[0], receive_[1], receive_[2], receive_[3], receive_[4]};
  const bool all_handed_out = receive_[5] == 0;
  const bool is_quiet = receive_[6] != 0;
  ++ended_;
  next_ = now + interval;
  if (!verdict_.aborts()) verdict_ = evaluate(sum_, thresholds_, all_handed_out);
  if (phase_ == Phase::last_round)
    phase_ = Phase::final_ended;
  else if (is_quiet)
    phase_ = Phase::last_round;
}

void TallyRounds::reopen() {
  phase_ = Phase::open;
  is_hurried_ = false;
}

}  // namespace prs
