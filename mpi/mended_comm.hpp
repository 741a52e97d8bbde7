#pragma once

#include <mpi.h>

#include <vector>

#include "mpi/fault_tolerance.hpp"
#include "support/clock.hpp"

namespace prs {

/// A communicator that goes on without the ranks that are lost, where MPI tolerates that (rule 7.4).
///
/// Whoever notices a loss first breaks it off: that revokes it, which breaks what goes on over it on all others. All
/// wait until no more losses come in, agree that they know, shrink it to the survivors, agree that all have the new
/// one, and begin anew on that.
class MendedComm {
 public:
  /// `comm`: made by all ranks before anything could fail on one of them; its errors come back as values from now on.
  /// `fault_tolerance`: null where the first loss is its end.
  MendedComm(MPI_Comm comm, const FaultTolerance* fault_tolerance);
  MendedComm(const MendedComm&) = delete;
  MendedComm& operator=(const MendedComm&) = delete;

  /// Another one once it was mended.
  MPI_Comm get() const { return comm_; }
  bool is_over() const { return state_ == State::over; }
  /// A rank was lost, and the survivors are coming together.
  bool is_mending() const { return !is_over() && state_ != State::whole; }
  /// Another rank has broken it off: this one has to, too.
  bool is_revoked() const;
  void break_off();
  /// True: that breaks it off here. False: it was known, or is being mended already.
  bool on_rank_lost(int world_rank, TimePoint now);
  /// A step of coming together; blocks in the shrink only. True: it is mended.
  bool mend(TimePoint now);
  /// Ranks that it does without.
  const std::vector<int>& missing() const { return missing_; }

 private:
  //  whole ──a rank is lost──▶ settling ──no further loss for a while──▶ meeting
  //    meeting ──all survivors are here, shrink──▶ confirming ──all have it──▶ whole
  //                                                ▲   │ one has not, shrink
  //                                                └───┘
  //  whole ──a rank is lost, where MPI tolerates no fault──▶ over
  enum class State { whole, settling, meeting, confirming, over };

  void shrink();
  void agree(State state, bool mine);
  bool has_agreement_ended();

  MPI_Comm comm_;
  const FaultTolerance* fault_tolerance_;
  State state_ = State::whole;
  TimePoint quiet_since_{};             ///< the last news of a loss
  MPI_Comm survivors_ = MPI_COMM_NULL;  ///< made by this rank, and not yet by all
  MPI_Request agreement_ = MPI_REQUEST_NULL;
  int agreed_ = 1;
  std::vector<int> missing_;
};

}  // namespace prs
