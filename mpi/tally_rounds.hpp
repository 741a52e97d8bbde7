#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/verdict.hpp"
#include "mpi/fault_tolerance.hpp"
#include "support/clock.hpp"

namespace prs {

/// What one rank adds to a round.
struct Contribution {
  Tally tally;                         ///< cumulative, of the outcomes that rank 0 has acknowledged
  std::uint64_t never_handed_out = 0;  ///< rank 0 only
  std::uint32_t quiet_farm = 0;        ///< rank 0 only: of this farm every worker is closed; the next round is its last
};

/// The collective rounds of rule 1.3: a non-blocking all-reduce of the failure tallies over all ranks, while scripts
/// run. Every rank gets the same sums and evaluates the same verdict. A round starts when the last one ended and the
/// interval has passed. Rounds are no consistent cuts of time, so a contribution is cumulative and repeating one is
/// harmless.
///
/// A farm has a last round, and after damaged rows there is another farm. The sums say of which farm all is quiet, so
/// all ranks see the same round end the same farm, and each goes on as soon as it is told of a later one, also where it
/// hears of that before it has seen the last round end.
///
/// When a rank is lost and MPI tolerates it (rule 7.4), the round breaks on whoever notices first. That rank revokes
/// the communicator, which breaks it on all others; all wait until no more losses come in, agree that they know, shrink
/// it to the survivors, agree that all have the new one, and begin anew on it. A round may have ended on some ranks and
/// not on others, so nothing of it is kept, the verdict neither.
class TallyRounds {
 public:
  static constexpr std::chrono::milliseconds interval{500};

  /// `comm`: of the rounds' own, made by all ranks before anything could fail on one of them.
  /// `fault_tolerance`: null where a lost rank ends the rounds for good.
  TallyRounds(MPI_Comm comm, const Thresholds& thresholds, const FaultTolerance* fault_tolerance = nullptr);
  TallyRounds(const TallyRounds&) = delete;
  TallyRounds& operator=(const TallyRounds&) = delete;

  /// Ends a round that has come back, starts one that is due, mends what is broken; never blocks. True when a round
  /// ended. Call it after is_final() too: another rank may need this one to mend.
  bool step(const Contribution& mine, TimePoint now);
  /// From now on a round starts as soon as the last one ended: the run is closing.
  void hurry() { is_hurried_ = true; }
  /// The round after all was quiet in the latest farm has ended: `sum()` is final.
  bool is_final() const { return final_farm_ == farm_; }
  /// The latest farm; the first one is 1. A later one than before: rounds go on (damaged rows are run again).
  void begin_farm(std::uint32_t farm);
  /// A rank of the communicator is lost: no round with it is begun any more.
  void on_rank_lost(int world_rank, TimePoint now);
  /// Ranks of the world that the communicator does without.
  const std::vector<int>& missing() const { return missing_; }
  /// The verdict of the last ended round; an abort stays, until the communicator has to be mended.
  const Verdict& verdict() const { return verdict_; }
  const Tally& sum() const { return sum_; }
  std::uint64_t ended() const { return ended_; }
  /// When a round has to be begun; max: something else comes first.
  TimePoint next_due() const {
    return is_final() || is_in_flight() || phase_ == Phase::over ? TimePoint::max() : next_;
  }
  /// A rank was lost, and the survivors are coming together.
  bool is_mending() const {
    return phase_ == Phase::settling || phase_ == Phase::meeting || phase_ == Phase::confirming;
  }
  bool is_in_flight() const { return round_ != nullptr || is_mending(); }

 private:
  //  open ──a round brought "quiet"──▶ last_round ──it ended──▶ open; a round is begun unless is_final()
  //    any of these ──a rank is lost──▶ settling ──no further loss for a while──▶ meeting
  //    meeting ──all survivors are here, shrink──▶ confirming ──all have it──▶ open, with no last round behind it
  //                                                ▲   │ one has not, shrink
  //                                                └───┘
  //    any of these ──a rank is lost, where MPI tolerates no fault──▶ over
  enum class Phase { open, last_round, settling, meeting, confirming, over };
  static constexpr std::size_t fields = 7;
  using Numbers = std::array<std::int64_t, fields>;
  /// MPI may write into a round that was broken off as long as the process lives.
  struct Round {
    Numbers send{};
    Numbers receive{};
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void begin(const Contribution& mine);
  bool test();
  void end(const Numbers& sums, TimePoint now);
  bool is_revoked() const;
  void break_off();
  void mend(TimePoint now);
  void shrink();
  void agree(Phase phase, bool mine);
  bool has_agreement_ended();
  MPI_Comm comm_ = MPI_COMM_NULL;
  MPI_Comm survivors_ = MPI_COMM_NULL;  ///< made by this rank, and not yet by all
  const FaultTolerance* fault_tolerance_;
  std::unique_ptr<Round> round_;
  MPI_Request agreement_ = MPI_REQUEST_NULL;
  int agreed_ = 1;
  std::vector<int> missing_;
  Thresholds thresholds_;
  Verdict verdict_;
  Tally sum_;
  TimePoint next_{};
  TimePoint quiet_since_{};  ///< the last news of a loss
  Phase phase_ = Phase::open;
  std::uint32_t farm_ = 1;
  std::uint32_t quiet_farm_ = 0;  ///< of which the last round is begun
  std::uint32_t final_farm_ = 0;  ///< of which the last round has ended
  bool is_hurried_ = false;
  std::uint64_t ended_ = 0;
};

}  // namespace prs
