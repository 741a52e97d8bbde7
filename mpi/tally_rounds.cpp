#include "mpi/tally_rounds.hpp"

#include <algorithm>

#include "mpi/watchdog.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr unsigned shrink_limit_seconds = 30;
constexpr const char* shrink_text =
    "prs_mpi: a rank was lost, and the others do not come together any more; what is done is kept, the same command "
    "goes "
    "on\n";

}  // namespace

TallyRounds::TallyRounds(MPI_Comm comm, const Thresholds& thresholds, const FaultTolerance* fault_tolerance)
    : comm_(comm), fault_tolerance_(fault_tolerance), thresholds_(thresholds) {
  return_errors(comm);
}

bool TallyRounds::step(const Contribution& mine, TimePoint now) {
  if (phase_ == Phase::over) return false;
  if (phase_ == Phase::agreeing) {
    mend();
    return false;
  }
  if (is_revoked()) {
    break_off();
    return false;
  }
  if (phase_ == Phase::final_ended) return false;
  if (!round_) {
    if (now < next_ && !is_hurried_ && phase_ == Phase::open) return false;
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
  round_->send = {mine.tally.failed_items,    mine.tally.failed_mini_batches,
                  mine.tally.gave_up,         mine.tally.done,
                  mine.tally.succeeded_items, static_cast<std::int64_t>(mine.never_handed_out),
                  mine.is_quiet ? 1 : 0};
  if (MPI_Iallreduce(round_->send.data(), round_->receive.data(), static_cast<int>(fields), MPI_INT64_T, MPI_SUM, comm_,
                     &round_->request) != MPI_SUCCESS)
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
  const bool is_quiet = sums[6] != 0;
  ++ended_;
  next_ = now + interval;
  if (!verdict_.aborts()) verdict_ = evaluate(sum_, thresholds_, all_handed_out);
  if (phase_ == Phase::last_round)
    phase_ = Phase::final_ended;
  else if (is_quiet)
    phase_ = Phase::last_round;
}

void TallyRounds::reopen() {
  if (phase_ == Phase::final_ended) phase_ = Phase::open;
  is_hurried_ = false;
}

void TallyRounds::on_rank_lost(int world_rank) {
  if (phase_ == Phase::over || phase_ == Phase::agreeing) return;  // whoever is lost meanwhile is left out, too
  if (std::find(missing_.begin(), missing_.end(), world_rank) == missing_.end()) break_off();
}

bool TallyRounds::is_revoked() const {
  int is_revoked = 0;
  return fault_tolerance_ != nullptr && fault_tolerance_->is_revoked(comm_, &is_revoked) == MPI_SUCCESS &&
         is_revoked != 0;
}

void TallyRounds::break_off() {
  (void)round_.release();
  if (fault_tolerance_ == nullptr) {
    phase_ = Phase::over;
    return;
  }
  fault_tolerance_->revoke(comm_);
  phase_ = Phase::agreeing;
  agreed_ = 1;
  const int result = fault_tolerance_->iagree(comm_, &agreed_, &agreement_);
  PRS_INVARIANT(result == MPI_SUCCESS || agreement_ != MPI_REQUEST_NULL);
}

/// The agreement ends once every survivor takes part in it. Only then the shrink, which blocks, is sure to be short.
void TallyRounds::mend() {
  int has_ended = 0;
  // It ends with an error where somebody is lost, and so it does here; what it says is that all others are there.
  if (MPI_Test(&agreement_, &has_ended, MPI_STATUS_IGNORE) == MPI_SUCCESS && has_ended == 0) return;
  MPI_Comm survivors = MPI_COMM_NULL;
  {
    const Watchdog watchdog(shrink_limit_seconds, shrink_text, static_cast<int>(ExitStatus::infrastructure));
    if (fault_tolerance_->shrink(comm_, &survivors) != MPI_SUCCESS) return break_off();
  }
  comm_ = survivors;  // the old one stays: to free it takes all its ranks
  return_errors(comm_);
  missing_ = ranks_missing_in(comm_, MPI_COMM_WORLD);
  verdict_ = {};
  phase_ = Phase::open;
  next_ = {};
}

}  // namespace prs
