#include "mpi/tally_rounds.hpp"

#include <algorithm>

#include "mpi/watchdog.hpp"
#include "support/errors.hpp"
#include "support/log.hpp"

namespace prs {
namespace {

constexpr unsigned shrink_limit_seconds = 30;
/// Ranks are often lost together, and the news of each comes by itself. Open MPI 5.0's shrink does not survive news
/// that come while it goes on.
constexpr std::chrono::milliseconds settling_time{250};
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
  if (is_mending()) {
    mend(now);
    return false;
  }
  if (is_revoked()) {
    break_off();
    return false;
  }
  if (!round_) {
    if (is_final()) return false;
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
  round_->send = {mine.tally.failed_items,
                  mine.tally.failed_mini_batches,
                  mine.tally.gave_up,
                  mine.tally.done,
                  mine.tally.succeeded_items,
                  static_cast<std::int64_t>(mine.never_handed_out),
                  static_cast<std::int64_t>(mine.quiet_farm)};
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
  ++ended_;
  next_ = now + interval;
  if (!verdict_.aborts()) verdict_ = evaluate(sum_, thresholds_, all_handed_out);
  if (phase_ == Phase::last_round) {
    phase_ = Phase::open;
    final_farm_ = quiet_farm_;
  } else if (sums[6] != 0) {
    phase_ = Phase::last_round;
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
  if (phase_ == Phase::over) return;
  quiet_since_ = now;
  if (is_mending()) return;  // whoever is lost meanwhile is left out, too
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
  phase_ = Phase::settling;
  quiet_since_ = Clock::now();
}

/// Asks all survivors, dead ones left out, whether they agree; the answer is the same on all.
void TallyRounds::agree(Phase phase, bool mine) {
  phase_ = phase;
  agreed_ = mine ? 1 : 0;
  const int result = fault_tolerance_->iagree(comm_, &agreed_, &agreement_);
  PRS_INVARIANT(result == MPI_SUCCESS || agreement_ != MPI_REQUEST_NULL);
}

/// It ends with an error where somebody is lost, and so it does here; what counts is that all others took part.
bool TallyRounds::has_agreement_ended() {
  int has_ended = 0;
  return MPI_Test(&agreement_, &has_ended, MPI_STATUS_IGNORE) != MPI_SUCCESS || has_ended != 0;
}

void TallyRounds::mend(TimePoint now) {
  if (phase_ == Phase::settling) {
    if (now - quiet_since_ >= settling_time) agree(Phase::meeting, true);
    return;
  }
  if (!has_agreement_ended()) return;
  if (phase_ == Phase::meeting || agreed_ == 0) return shrink();
  comm_ = survivors_;  // the old one stays: to free it takes all its ranks
  return_errors(comm_);
  missing_ = ranks_missing_in(comm_, MPI_COMM_WORLD);
  log().info("the tally rounds go on without {} lost ranks", missing_.size());
  verdict_ = {};
  phase_ = Phase::open;
  final_farm_ = 0;  // others may not have seen it
  next_ = {};
}

/// All survivors are here, so that this call, which blocks, is short. One more that dies in it may end it well on some
/// and not on others: so all hear of each other, on the old communicator, before anybody uses the new one. That also
/// keeps a rank from revoking the new one while another is still making it, which Open MPI 5.0 does not survive.
void TallyRounds::shrink() {
  const Watchdog watchdog(shrink_limit_seconds, shrink_text, static_cast<int>(ExitStatus::infrastructure));
  const bool is_made = fault_tolerance_->shrink(comm_, &survivors_) == MPI_SUCCESS;
  if (!is_made) log().info("another rank was lost while the tally rounds were mended");
  agree(Phase::confirming, is_made);
}

}  // namespace prs
