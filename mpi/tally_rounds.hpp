#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "farm/rounds.hpp"
#include "mpi/fault_tolerance.hpp"

namespace prs {

/// Rounds as a non-blocking all-reduce. A round starts when the last one ended and the interval has passed.
///
/// When a rank is lost and MPI tolerates it (rule 7.4), the round breaks on whoever notices first. That rank revokes
/// the communicator, which breaks it on all others; all wait until no more losses come in, agree that they know, shrink
/// it to the survivors, agree that all have the new one, and begin anew on it. A round may have ended on some ranks and
/// not on others, so nothing of it is kept, the verdict neither.
class TallyRounds final : public Rounds {
 public:
  static constexpr std::chrono::milliseconds interval{500};

  /// `comm`: of the rounds' own, made by all ranks before anything could fail on one of them.
  /// `fault_tolerance`: null where a lost rank ends the rounds for good.
  TallyRounds(MPI_Comm comm, const Thresholds& thresholds, const FaultTolerance* fault_tolerance = nullptr);
  TallyRounds(const TallyRounds&) = delete;
  TallyRounds& operator=(const TallyRounds&) = delete;

  bool step(const Contribution& mine, TimePoint now) override;
  void hurry() override { is_hurried_ = true; }
  void begin_farm(std::uint32_t farm) override;
  bool is_final() const override { return final_farm_ == farm_; }
  void on_rank_lost(int world_rank, TimePoint now) override;
  bool is_mending() const override {
    return phase_ == Phase::settling || phase_ == Phase::meeting || phase_ == Phase::confirming;
  }
  const std::vector<int>& missing() const override { return missing_; }
  const Verdict& verdict() const override { return verdict_; }
  const Tally& sum() const override { return sum_; }
  TimePoint next_due() const override {
    return is_final() || is_in_flight() || phase_ == Phase::over ? TimePoint::max() : next_;
  }
  /// Rounds that have ended so far.
  std::uint64_t ended() const { return ended_; }
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
