#include "report/missing_tries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

namespace prs {
namespace {

Outcome outcome(std::uint64_t mini_batch, std::uint32_t dequeue_count, TryStatus status = TryStatus::run_done) {
  return {{mini_batch}, dequeue_count, status, 1, 1, 1, {}};
}

/// The outcomes that have no row.
std::vector<Outcome> missing(const std::vector<Outcome>& outcomes, const std::vector<Outcome>& rows,
                             std::uint64_t mini_batches = 10) {
  MissingTries tries(mini_batches);
  for (const Outcome& row : rows) tries.count_row(row);
  for (const Outcome& outcome : outcomes) tries.count_outcome(outcome);
  for (const Outcome& row : rows) tries.note_row(row);
  std::vector<Outcome> found;
  for (const Outcome& outcome : outcomes)
    if (tries.is_missing(outcome)) found.push_back(outcome);
  return found;
}

TEST(MissingTries, NothingIsMissingWhereEachHasItsRow) {
  const std::vector<Outcome> all = {outcome(0, 1), outcome(1, 1, TryStatus::run_exception), outcome(1, 2)};
  EXPECT_TRUE(missing(all, {all[2], all[0], all[1]}).empty());
  EXPECT_TRUE(missing({}, {}).empty());
}

TEST(MissingTries, AnOutcomeWithoutARowIsFound) {
  const Outcome failed = outcome(1, 1, TryStatus::run_exception), done = outcome(1, 2);
  EXPECT_EQ(missing({failed, done, outcome(2, 1)}, {done, outcome(2, 1)}), std::vector<Outcome>{failed});
  EXPECT_EQ(missing({failed, done}, {}), (std::vector<Outcome>{failed, done}));
}

TEST(MissingTries, TheSameTryDoneTwiceNeedsTwoRows) {
  EXPECT_EQ(missing({outcome(3, 1), outcome(3, 1)}, {outcome(3, 1)}).size(), 1U);
  EXPECT_TRUE(missing({outcome(3, 1), outcome(3, 1)}, {outcome(3, 1), outcome(3, 1)}).empty());
  const Outcome failed = outcome(3, 1, TryStatus::run_exception);  // and then a new set of tries
  EXPECT_EQ(missing({failed, outcome(3, 1)}, {outcome(3, 1)}), std::vector<Outcome>{failed});
}

TEST(MissingTries, ARowWithoutAnOutcomeHidesNothing) {
  // A power cut may have taken the ledger's record, and not the row.
  EXPECT_EQ(missing({outcome(3, 1), outcome(4, 2)}, {outcome(3, 2), outcome(3, 1)}),
            std::vector<Outcome>{outcome(4, 2)});
  EXPECT_EQ(missing({outcome(3, 2)}, {outcome(3, 1)}), std::vector<Outcome>{outcome(3, 2)});
  EXPECT_TRUE(missing({}, {outcome(3, 1), outcome(99, 1)}).empty()) << "nor does one of no mini-batch of the run";
}

TEST(MissingTries, WhateverIsLostIsFound) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<Outcome> outcomes, rows, lost;
    for (int i = 0; i < 40; ++i) {
      outcomes.push_back(outcome(random() % 10, 1 + static_cast<std::uint32_t>(random() % 3),
                                 static_cast<TryStatus>(random() % try_status_count)));
      (random() % 4 == 0 ? lost : rows).push_back(outcomes.back());
    }
    std::shuffle(rows.begin(), rows.end(), random);
    const auto text = [](const std::vector<Outcome>& list) {
      std::multiset<std::tuple<std::uint64_t, std::uint32_t, TryStatus>> keys;
      for (const Outcome& one : list) keys.insert({one.mini_batch.value, one.dequeue_count, one.status});
      return keys;
    };
    ASSERT_EQ(text(missing(outcomes, rows)), text(lost));
  }
}

}  // namespace
}  // namespace prs
