#include "mpi/mended_comm.hpp"

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
    "goes on\n";

}  // namespace

MendedComm::MendedComm(MPI_Comm comm, const FaultTolerance* fault_tolerance)
    : comm_(comm), fault_tolerance_(fault_tolerance) {
  return_errors(comm);
}

bool MendedComm::is_revoked() const {
  int is_revoked = 0;
  return fault_tolerance_ != nullptr && fault_tolerance_->is_revoked(comm_, &is_revoked) == MPI_SUCCESS &&
         is_revoked != 0;
}

void MendedComm::break_off() {
  if (fault_tolerance_ == nullptr) {
    state_ = State::over;
    return;
  }
  fault_tolerance_->revoke(comm_);
  state_ = State::settling;
  quiet_since_ = Clock::now();
}

bool MendedComm::on_rank_lost(int world_rank, TimePoint now) {
  if (is_over()) return false;
  quiet_since_ = now;
  if (is_mending()) return false;  // whoever is lost meanwhile is left out, too
  if (std::find(missing_.begin(), missing_.end(), world_rank) != missing_.end()) return false;
  break_off();
  return true;
}

/// Asks all survivors, dead ones left out, whether they agree; the answer is the same on all.
void MendedComm::agree(State state, bool mine) {
  state_ = state;
  agreed_ = mine ? 1 : 0;
  const int result = fault_tolerance_->iagree(comm_, &agreed_, &agreement_);
  PRS_INVARIANT(result == MPI_SUCCESS || agreement_ != MPI_REQUEST_NULL);
}

/// It ends with an error where somebody is lost, and so it does here; what counts is that all others took part.
bool MendedComm::has_agreement_ended() {
  int has_ended = 0;
  return MPI_Test(&agreement_, &has_ended, MPI_STATUS_IGNORE) != MPI_SUCCESS || has_ended != 0;
}

bool MendedComm::mend(TimePoint now) {
  if (state_ == State::settling) {
    if (now - quiet_since_ >= settling_time) agree(State::meeting, true);
    return false;
  }
  if (!has_agreement_ended()) return false;
  if (state_ == State::meeting || agreed_ == 0) {
    shrink();
    return false;
  }
  comm_ = survivors_;  // the old one stays: to free it takes all its ranks
  return_errors(comm_);
  missing_ = ranks_missing_in(comm_, MPI_COMM_WORLD);
  state_ = State::whole;
  return true;
}

/// All survivors are here, so that this call, which blocks, is short. One more that dies in it may end it well on some
/// and not on others: so all hear of each other, on the old communicator, before anybody uses the new one. That also
/// keeps a rank from revoking the new one while another is still making it, which Open MPI 5.0 does not survive.
void MendedComm::shrink() {
  const Watchdog watchdog(shrink_limit_seconds, shrink_text, static_cast<int>(ExitStatus::infrastructure));
  const bool is_made = fault_tolerance_->shrink(comm_, &survivors_) == MPI_SUCCESS;
  if (!is_made) log().info("another rank was lost while the tally rounds were mended");
  agree(State::confirming, is_made);
}

}  // namespace prs
