#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "farm/rounds.hpp"
#include "mpi/mended_comm.hpp"

namespace prs {

/// Rounds as a non-blocking all-reduce. A round starts when the last one ended and the interval has passed.
///
/// When a rank is lost, the round breaks on all ranks, and the survivors begin anew once their communicator is mended.
/// A round may have ended on some ranks and not on others, so nothing of it is kept, the verdict neither.
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
  bool is_mending() const override { return comm_.is_mending(); }
  const std::vector<int>& missing() const override { return comm_.missing(); }
  const Verdict& verdict() const override { return verdict_; }
  const Tally& sum() const override { return sum_; }
  TimePoint next_due() const override {
    return is_final() || is_in_flight() || comm_.is_over() ? TimePoint::max() : next_;
  }
  /// Rounds that have ended so far.
  std::uint64_t ended() const { return ended_; }
  bool is_in_flight() const { return round_ != nullptr || is_mending(); }

 private:
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
  void break_off();
  void begin_anew();

  MendedComm comm_;
  Thresholds thresholds_;
  std::unique_ptr<Round> round_;
  Verdict verdict_;
  Tally sum_;
  TimePoint next_{};
  //  a round ──it brought "quiet"──▶ the last round ──it ended──▶ is_final() ──a later farm──▶ a round
  //    any of these ──a loss is mended──▶ a round, with no last one behind it
  bool is_last_round_ = false;
  std::uint32_t farm_ = 1;
  std::uint32_t quiet_farm_ = 0;  ///< of which the last round is begun
  std::uint32_t final_farm_ = 0;  ///< of which the last round has ended
  bool is_hurried_ = false;
  std::uint64_t ended_ = 0;
};

}  // namespace prs
