#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <optional>

#include "model/verdict.hpp"
#include "support/clock.hpp"

namespace prs {

/// What one rank adds to a round.
struct Contribution {
  Tally tally;                         ///< cumulative, of the outcomes that rank 0 has acknowledged
  std::uint64_t never_handed_out = 0;  ///< rank 0 only
  bool is_quiet = false;               ///< rank 0 only: every worker is closed; the next round is the last one
};

/// The collective rounds of SPEC 1.3: a non-blocking all-reduce of the failure tallies over all ranks, while scripts
/// run. Every rank gets the same sums and evaluates the same verdict. A round starts when the last one ended and the
/// interval has passed. Rounds are no consistent cuts of time, so a contribution is cumulative and repeating one is
/// harmless.
class TallyRounds {
 public:
  static constexpr std::chrono::milliseconds interval{500};

  /// `comm`: of the rounds' own, made by all ranks before anything could fail on one of them.
  TallyRounds(MPI_Comm comm, const Thresholds& thresholds);
  TallyRounds(const TallyRounds&) = delete;
  TallyRounds& operator=(const TallyRounds&) = delete;

  /// Ends a round that has come back, starts one that is due; never blocks. True when a round ended.
  bool step(const Contribution& mine, TimePoint now);
  /// From now on a round starts as soon as the last one ended: the run is closing.
  void hurry() { is_hurried_ = true; }
  /// The round after all was quiet has ended: `sum()` is final.
  bool is_final() const { return phase_ == Phase::final_ended; }
  /// After a final round: rounds go on as before (damaged rows are run again).
  void reopen();
  /// The verdict of the last ended round; an abort stays.
  const Verdict& verdict() const { return verdict_; }
  const Tally& sum() const { return sum_; }
  std::uint64_t ended() const { return ended_; }
  TimePoint next_due() const { return next_; }
  bool is_in_flight() const { return request_ != MPI_REQUEST_NULL; }

 private:
  //  open ──a round brought "quiet"──▶ last_round ──it ended──▶ final_ended ──reopen()──▶ open
  enum class Phase { open, last_round, final_ended };
  static constexpr std::size_t fields = 7;

  void begin(const Contribution& mine);
  void end(TimePoint now);

  MPI_Comm comm_ = MPI_COMM_NULL;
  MPI_Request request_ = MPI_REQUEST_NULL;
  std::array<std::int64_t, fields> send_{};
  std::array<std::int64_t, fields> receive_{};
  Thresholds thresholds_;
  Verdict verdict_;
  Tally sum_;
  TimePoint next_{};
  Phase phase_ = Phase::open;
  bool is_hurried_ = false;
  std::uint64_t ended_ = 0;
};

}  // namespace prs
