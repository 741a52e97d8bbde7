#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "farm/rounds.hpp"

namespace prs {

/// Rounds of one rank: the test says when one ends, and with which sums. A planned end that no step took fails the
/// test.
class FakeRounds {
 public:
  FakeRounds() = default;
  ~FakeRounds();
  FakeRounds(const FakeRounds&) = delete;
  FakeRounds& operator=(const FakeRounds&) = delete;

  /// For the role, once; it must not outlive this object.
  MakeRounds maker();
  bool is_made() const { return is_made_; }

  /// The next step ends a round. The verdict is that of the sums.
  void end_round(const Tally& sum = {}, bool is_all_handed_out = false) {
    ends_.push_back({sum, is_all_handed_out, 0});
  }
  /// … the last one of the latest farm.
  void end_last_round(const Tally& sum) { ends_.push_back({sum, true, farm_}); }
  /// A rank was lost: no verdict stands.
  void begin_anew() { verdict_ = {}, final_farm_ = 0; }

  /// What the rank added in its last step.
  const Contribution& contribution() const { return contribution_; }
  std::uint32_t farm() const { return farm_; }
  bool is_hurried() const { return is_hurried_; }
  const Thresholds& thresholds() const { return thresholds_; }
  /// Losses that the role told, in order.
  const std::vector<int>& told_losses() const { return told_losses_; }

 private:
  class View;
  struct End {
    Tally sum;
    bool is_all_handed_out = false;
    std::uint32_t final_farm = 0;
  };
  std::deque<End> ends_;
  Contribution contribution_;
  Thresholds thresholds_;
  Verdict verdict_;
  Tally sum_;
  std::vector<int> told_losses_;
  std::uint32_t farm_ = 1, final_farm_ = 0;
  bool is_hurried_ = false, is_made_ = false;
};

/// The rounds of several ranks in one process: they really add up. A round ends once every rank that is left has taken
/// its step; each sees that in its own next step. After a loss all begin anew at once.
class JoinedRounds {
 public:
  explicit JoinedRounds(int size) : ranks_(static_cast<std::size_t>(size)) {}
  JoinedRounds(const JoinedRounds&) = delete;
  JoinedRounds& operator=(const JoinedRounds&) = delete;
  /// For the role of this rank; it must not outlive this object.
  MakeRounds maker(int rank);

 private:
  class View;
  struct Round {
    std::vector<bool> has_stepped;
    Contribution sum;
  };
  /// One rank's sight.
  struct Rank {
    Thresholds thresholds;
    Verdict verdict;
    Tally sum;
    std::size_t next = 0;  ///< its next round
    TimePoint due{};
    std::uint32_t farm = 1, quiet_farm = 0, final_farm = 0;
    bool is_last_round = false, is_hurried = false, is_lost = false;
  };
  Round& round(std::size_t number);
  bool is_in_flight(const Rank& rank) const;
  bool step(Rank& rank, const Contribution& mine, TimePoint now);
  void lose(int rank);

  std::vector<Rank> ranks_;
  std::vector<Round> rounds_;
};

}  // namespace prs
