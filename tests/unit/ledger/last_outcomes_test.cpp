#include "ledger/last_outcomes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "ledger/history.hpp"
#include "support/errors.hpp"
#include "tests/unit/ledger/ledger_fixture.hpp"

namespace prs {
namespace {

constexpr std::uint64_t plan = 77;

/// Several starts with outcomes in any order, some mini-batches many times; what their last ones must be is kept.
class LastOutcomesTest : public testing::Test {
 protected:
  LastOutcomesTest() : seed_(std::random_device{}()), random_(seed_) { std::printf("seed %u\n", seed_); }

  std::string segment(std::uint32_t start) const { return folder_.file(std::to_string(start) + ".ledger"); }

  void write_start(std::size_t outcomes) {
    const auto start = static_cast<std::uint32_t>(ends_.size() + 1);
    {
      IoThread io;
      LedgerWriter ledger(io, segment(start), {start, plan, mini_batches, start, ends_});
      ledger.error_text(1, {"ValueError", "of start " + std::to_string(start), ""});
      for (std::size_t i = 0; i < outcomes; ++i) {
        Outcome outcome = random_outcome(random_);
        outcome.mini_batch.value %= mini_batches;
        outcome.dequeue_count = 1 + outcome.dequeue_count % 3;
        const ErrorId error = outcome.is_done() ? 0 : 1;
        ledger.outcome(outcome, error);
        last_[outcome.mini_batch.value] = {outcome, error == 0 ? 0 : start};
        if (random_() % 100 == 0) ledger.columns(std::string(random_() % 5000, 'c'));
        if (random_() % 1000 == 0) ledger.submit();
      }
      ledger.submit();
    }
    ends_.push_back(std::filesystem::file_size(segment(start)));
  }
  History read() const {
    return read_history([this](std::uint32_t start) { return segment(start); }, plan, mini_batches);
  }
  void expect_last(const LastOutcome& found, std::uint64_t mini_batch) const {
    const auto expected = last_.find(mini_batch);
    ASSERT_EQ(found.outcome.dequeue_count > 0, expected != last_.end());
    if (expected == last_.end()) return;
    EXPECT_EQ(found.outcome, expected->second.outcome);
    EXPECT_EQ(found.error, expected->second.error);
  }

  static constexpr std::uint64_t mini_batches = 3000;
  const unsigned seed_;
  std::mt19937_64 random_;
  TemporaryFolder folder_;
  std::vector<std::uint64_t> ends_;
  std::map<std::uint64_t, LastOutcome> last_;
};

TEST_F(LastOutcomesTest, AreThoseOfAllStartsHoweverTheyAreAskedFor) {
  for (const std::size_t outcomes : {2000, 0, 1500, 700}) {
    write_start(outcomes);
    const History history = read();
    std::set<std::uint64_t> seen;
    history.last.for_each([&](const LastOutcome& last) {
      EXPECT_TRUE(seen.insert(last.outcome.mini_batch.value).second) << "each one once";
      expect_last(last, last.outcome.mini_batch.value);
    });
    EXPECT_EQ(seen.size(), last_.size());
    const std::vector<LastOutcome> all = history.last.of_range(0, mini_batches);
    for (std::uint64_t i = 0; i < mini_batches; ++i) expect_last(all.at(i), i);
    std::vector<MiniBatchIndex> some;
    for (int i = 0; i < 50; ++i) some.push_back({random_() % mini_batches});
    const std::vector<LastOutcome> found = history.last.of(some);
    for (std::size_t i = 0; i < some.size(); ++i) expect_last(found.at(i), some[i].value);
  }
}

TEST_F(LastOutcomesTest, WhatFailedIsForgottenAndNothingElse) {
  write_start(4000);
  History history = read();
  ASSERT_TRUE(forget_failed(history, std::nullopt));
  EXPECT_FALSE(forget_failed(history, std::nullopt));
  std::erase_if(last_, [](const auto& each) { return !each.second.outcome.is_done(); });
  const std::vector<LastOutcome> all = history.last.of_range(0, mini_batches);
  for (std::uint64_t i = 0; i < mini_batches; ++i) expect_last(all.at(i), i);
}

TEST_F(LastOutcomesTest, ALedgerThatChangesUnderTheReaderIsAnError) {
  write_start(500);
  const History history = read();
  const std::string bytes = bytes_of(segment(1));
  for (const std::size_t left : {bytes.size() / 2, std::size_t{10}}) {
    write_bytes(segment(1), bytes.substr(0, left));
    EXPECT_THROW(history.last.for_each([](const LastOutcome&) {}), InfrastructureError);
    EXPECT_THROW(history.last.of_range(0, mini_batches), InfrastructureError);
  }
  std::filesystem::remove(segment(1));
  EXPECT_THROW(history.last.for_each([](const LastOutcome&) {}), InfrastructureError);
  EXPECT_THROW(history.last.of_range(0, mini_batches), InfrastructureError);
}

}  // namespace
}  // namespace prs
