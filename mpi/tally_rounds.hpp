#pragma once

#include <mpi.h>

#include <cstdint>
#include <vector>

#include "farm/rounds.hpp"
#include "mpi/survivors_sum.hpp"

namespace prs {

/// Rounds as non-blocking sums over all ranks that are left. A round starts when the last one ended and the interval
/// has passed.
///
/// When a rank is lost, the survivors begin anew. A round may have ended on some ranks and not on others, so nothing of
/// it is kept, the verdict neither.
class TallyRounds final : public Rounds {
 public:
  static constexpr std::chrono::milliseconds interval{500};

  /// `comms` and `survives_losses` as SurvivorsSum wants them.
  TallyRounds(const RoundComms& comms, const Thresholds& thresholds, bool survives_losses = false);
  TallyRounds(const TallyRounds&) = delete;
  TallyRounds& operator=(const TallyRounds&) = delete;

  bool step(const Contribution& mine, TimePoint now) override;
  void hurry() override { is_hurried_ = true; }
  void begin_farm(std::uint32_t farm) override;
  bool is_final() const override { return final_farm_ == farm_; }
  void on_rank_lost(int rank) override { survivors_.on_rank_lost(rank); }
  const Verdict& verdict() const override { return verdict_; }
  const Tally& sum() const override { return sum_; }
  TimePoint next_due() const override {
    return is_final() || is_in_flight() || survivors_.is_over() ? TimePoint::max() : next_;
  }
  /// Rounds that have ended so far.
  std::uint64_t ended() const { return ended_; }
  bool is_in_flight() const { return survivors_.is_in_flight(); }
  /// Ranks that the rounds do without.
  const std::vector<int>& missing() const { return survivors_.missing(); }

 private:
  void end(const RoundNumbers& sums, TimePoint now);
  void begin_anew();

  SurvivorsSum survivors_;
  Thresholds thresholds_;
  Verdict verdict_;
  Tally sum_;
  TimePoint next_{};
  //  a round ──it brought "quiet"──▶ the last round ──it ended──▶ is_final() ──a later farm──▶ a round
  //    any of these ──a loss──▶ a round, with no last one behind it
  bool is_last_round_ = false;
  std::uint32_t farm_ = 1;
  std::uint32_t quiet_farm_ = 0;  ///< of which the last round is begun
  std::uint32_t final_farm_ = 0;  ///< of which the last round has ended
  bool is_hurried_ = false;
  std::uint64_t ended_ = 0;
};

}  // namespace prs
