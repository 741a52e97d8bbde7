#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "model/verdict.hpp"
#include "support/clock.hpp"

namespace prs {

/// What one rank adds to a round.
struct Contribution {
  Tally tally;                         ///< cumulative, of the outcomes that rank 0 has acknowledged
  std::uint64_t never_handed_out = 0;  ///< rank 0 only
  std::uint32_t quiet_farm = 0;        ///< rank 0 only: of this farm every worker is closed; the next round is its last
};

/// The collective rounds of rule 1.3: the failure tallies are reduced over all ranks while scripts run. Every rank gets
/// the same sums and evaluates the same verdict. Rounds are no consistent cuts of time, so a contribution is cumulative
/// and repeating one is harmless.
///
/// A farm has a last round, and after damaged rows there is another farm. The sums say of which farm all is quiet, so
/// all ranks see the same round end the same farm, and each goes on as soon as it is told of a later one, also where it
/// hears of that before it has seen the last round end.
class Rounds {
 public:
  virtual ~Rounds() = default;
  /// Ends a round that has come back, starts one that is due, begins anew after a loss; never blocks. True when a round
  /// ended. Call it after is_final() too: after a loss the others need this one again.
  virtual bool step(const Contribution& mine, TimePoint now) = 0;
  /// From now on a round starts as soon as the last one ended: the run is closing.
  virtual void hurry() = 0;
  /// The latest farm; the first one is 1. A later one than before: rounds go on (damaged rows are run again).
  virtual void begin_farm(std::uint32_t farm) = 0;
  /// The round after all was quiet in the latest farm has ended: `sum()` is final.
  virtual bool is_final() const = 0;
  /// No round with this rank is begun any more.
  virtual void on_rank_lost(int rank) = 0;
  /// The verdict of the last ended round; an abort stays, until a rank is lost.
  virtual const Verdict& verdict() const = 0;
  virtual const Tally& sum() const = 0;
  /// When a round has to be begun; max: something else comes first.
  virtual TimePoint next_due() const = 0;
};

/// Rounds begin with the thresholds, which a worker learns when it starts.
using MakeRounds = std::function<std::unique_ptr<Rounds>(const Thresholds&)>;

}  // namespace prs
