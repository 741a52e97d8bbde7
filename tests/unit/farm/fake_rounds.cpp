#include "fake_rounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace prs {

class FakeRounds::View final : public Rounds {
 public:
  explicit View(FakeRounds& rounds) : rounds_(rounds) {}
  bool step(const Contribution& mine, TimePoint) override {
    rounds_.contribution_ = mine;
    if (rounds_.ends_.empty()) return false;
    const End end = rounds_.ends_.front();
    rounds_.ends_.pop_front();
    rounds_.sum_ = end.sum;
    if (!rounds_.verdict_.aborts()) rounds_.verdict_ = evaluate(end.sum, rounds_.thresholds_, end.is_all_handed_out);
    if (end.final_farm != 0) rounds_.final_farm_ = end.final_farm;
    return true;
  }
  void hurry() override { rounds_.is_hurried_ = true; }
  void begin_farm(std::uint32_t farm) override {
    EXPECT_GE(farm, rounds_.farm_);
    if (farm != rounds_.farm_) rounds_.is_hurried_ = false;
    rounds_.farm_ = farm;
  }
  bool is_final() const override { return rounds_.final_farm_ == rounds_.farm_; }
  void on_rank_lost(int rank) override { rounds_.told_losses_.push_back(rank); }
  const Verdict& verdict() const override { return rounds_.verdict_; }
  const Tally& sum() const override { return rounds_.sum_; }
  TimePoint next_due() const override { return TimePoint::max(); }

 private:
  FakeRounds& rounds_;
};

FakeRounds::~FakeRounds() {
  if (!ends_.empty()) ADD_FAILURE() << ends_.size() << " rounds should have ended, and were not looked at";
}

MakeRounds FakeRounds::maker() {
  return [this](const Thresholds& thresholds) {
    EXPECT_FALSE(is_made_);
    is_made_ = true;
    thresholds_ = thresholds;
    return std::make_unique<View>(*this);
  };
}

class JoinedRounds::View final : public Rounds {
 public:
  View(JoinedRounds& all, Rank& mine) : all_(all), mine_(mine) {}
  bool step(const Contribution& contribution, TimePoint now) override { return all_.step(mine_, contribution, now); }
  void hurry() override { mine_.is_hurried = true; }
  void begin_farm(std::uint32_t farm) override {
    EXPECT_GE(farm, mine_.farm);
    if (farm != mine_.farm) mine_.is_hurried = false;
    mine_.farm = farm;
  }
  bool is_final() const override { return mine_.final_farm == mine_.farm; }
  void on_rank_lost(int rank) override { all_.lose(rank); }
  const Verdict& verdict() const override { return mine_.verdict; }
  const Tally& sum() const override { return mine_.sum; }
  /// While the others have not stepped, something else comes first.
  TimePoint next_due() const override { return is_final() || all_.is_in_flight(mine_) ? TimePoint::max() : mine_.due; }

 private:
  JoinedRounds& all_;
  Rank& mine_;
};

MakeRounds JoinedRounds::maker(int rank) {
  return [this, rank](const Thresholds& thresholds) {
    Rank& mine = ranks_[static_cast<std::size_t>(rank)];
    mine.thresholds = thresholds;
    return std::make_unique<View>(*this, mine);
  };
}

JoinedRounds::Round& JoinedRounds::round(std::size_t number) {
  while (rounds_.size() <= number) rounds_.push_back({std::vector<bool>(ranks_.size()), {}});
  return rounds_[number];
}

bool JoinedRounds::is_in_flight(const Rank& rank) const {
  const auto place = static_cast<std::size_t>(&rank - ranks_.data());
  return rank.next < rounds_.size() && rounds_[rank.next].has_stepped[place];
}

bool JoinedRounds::step(Rank& rank, const Contribution& mine, TimePoint now) {
  constexpr std::chrono::milliseconds interval{500};
  if (rank.is_lost) return false;
  Round& current = round(rank.next);
  const auto place = static_cast<std::size_t>(&rank - ranks_.data());
  if (!current.has_stepped[place]) {
    if (rank.final_farm == rank.farm) return false;
    if (now < rank.due && !rank.is_hurried && !rank.is_last_round) return false;
    current.has_stepped[place] = true;
    current.sum.tally += mine.tally;
    current.sum.never_handed_out += mine.never_handed_out;
    current.sum.quiet_farm += mine.quiet_farm;
  }
  for (std::size_t i = 0; i < ranks_.size(); ++i)
    if (!ranks_[i].is_lost && !current.has_stepped[i]) return false;
  ++rank.next;
  rank.sum = current.sum.tally;
  rank.due = now + interval;
  if (!rank.verdict.aborts())
    rank.verdict = evaluate(current.sum.tally, rank.thresholds, current.sum.never_handed_out == 0);
  if (rank.is_last_round) {
    rank.is_last_round = false;
    rank.final_farm = rank.quiet_farm;
  } else if (current.sum.quiet_farm != 0) {
    rank.is_last_round = true;
    rank.quiet_farm = current.sum.quiet_farm;
  }
  return true;
}

/// What was begun is broken off on all ranks.
void JoinedRounds::lose(int lost) {
  Rank& gone = ranks_[static_cast<std::size_t>(lost)];
  if (gone.is_lost) return;
  gone.is_lost = true;
  const std::size_t next = rounds_.size();
  for (Rank& rank : ranks_) {
    rank.next = next;
    rank.verdict = {};
    rank.is_last_round = false;
    rank.final_farm = 0;
    rank.due = {};
  }
}

}  // namespace prs
