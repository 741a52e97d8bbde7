#include "model/verdict.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

Outcome failed(std::uint32_t dequeue_count, std::uint32_t items = 5) {
  return {MiniBatchIndex{7}, dequeue_count, TryStatus::run_exception, items, 0, 0, {}};
}
Outcome done(std::uint32_t dequeue_count, std::uint32_t items, std::uint32_t succeeded) {
  return {MiniBatchIndex{7}, dequeue_count, TryStatus::run_done, items, succeeded, succeeded, {}};
}

}  // namespace

TEST(Charge, AMiniBatchThatFailsTwiceAndThenSucceedsCountsInBetweenAndNotAfter) {
  Tally tally;
  tally += charge_of(failed(1), 3);
  EXPECT_EQ(tally.failed_mini_batches, 1);
  EXPECT_EQ(tally.failed_items, 0) << "items that await another try do not count";
  tally += charge_of(failed(2), 3);
  EXPECT_EQ(tally.failed_mini_batches, 1);
  tally += charge_of(done(3, 5, 5), 3);
  EXPECT_EQ(tally, (Tally{0, 0, 0, 1, 5}));
}

TEST(Charge, GivingUpFailsAllItems) {
  Tally tally;
  tally += charge_of(failed(1), 2);
  tally += charge_of(failed(2), 2);
  EXPECT_EQ(tally, (Tally{5, 1, 1, 0, 0}));
}

TEST(Charge, AShortReturnIsAFinishedMiniBatchWithFailedItems) {
  EXPECT_EQ(charge_of(done(1, 5, 3), 3), (Tally{2, 0, 0, 1, 3}));
}

TEST(Charge, AMiniBatchCountsWhatItsLastOutcomeSaysHoweverManyTriesItTook) {
  EXPECT_EQ(tally_of(done(3, 5, 5), 3), (Tally{0, 0, 0, 1, 5}));
  EXPECT_EQ(tally_of(failed(2), 3), (Tally{0, 1, 0, 0, 0}));
  EXPECT_EQ(tally_of(failed(3), 3), (Tally{5, 1, 1, 0, 0}));
}

TEST(Verdict, LimitsAreStrictlyGreater) {
  Thresholds limits;
  limits.mini_batches = 10;
  limits.error_threshold = 4;
  Tally tally;
  tally.failed_items = 4;
  EXPECT_FALSE(evaluate(tally, limits, true).aborts());
  tally.failed_items = 5;
  const Verdict verdict = evaluate(tally, limits, false);
  EXPECT_EQ(verdict.limit, Verdict::Limit::error_threshold);
  EXPECT_EQ(verdict.text(limits), "5 failed items exceed error_threshold 4");
}

TEST(Verdict, OneIsNotMany) {
  Thresholds limits;
  limits.mini_batches = 4;
  limits.error_threshold = 0;
  Tally tally;
  tally.failed_items = 1;
  EXPECT_EQ(evaluate(tally, limits, true).text(limits), "1 failed item exceeds error_threshold 0");
  limits.error_threshold = -1;
  limits.allowed_failed_percent = 10;
  tally.failed_mini_batches = 1;
  EXPECT_EQ(evaluate(tally, limits, true).text(limits),
            "1 failed mini-batch (25 % of 4) exceeds allowed_failed_percent 10");
}

TEST(Verdict, MayCountOnlyWhatWasGivenUp) {
  Thresholds limits;
  limits.mini_batches = 4;
  limits.allowed_failed_count = 0;
  limits.counts_given_up_only = true;
  Tally tally;
  tally.failed_mini_batches = 3;
  EXPECT_FALSE(evaluate(tally, limits, true).aborts());
  tally.gave_up = 1;
  EXPECT_EQ(evaluate(tally, limits, true).text(limits), "1 failed mini-batch exceeds allowed_failed_count 0");
  limits.allowed_failed_count = -1;
  limits.allowed_failed_percent = 25;
  EXPECT_FALSE(evaluate(tally, limits, true).aborts());
  tally.gave_up = 2;
  EXPECT_EQ(evaluate(tally, limits, true).text(limits),
            "2 failed mini-batches (50 % of 4) exceed allowed_failed_percent 25");
}

TEST(Verdict, ZeroToleratesNothingAndMinusOneEverything) {
  Tally tally;
  tally.failed_mini_batches = 1;
  tally.failed_items = 1;
  Thresholds limits;
  limits.mini_batches = 10;
  EXPECT_FALSE(evaluate(tally, limits, true).aborts());
  limits.allowed_failed_count = 0;
  EXPECT_EQ(evaluate(tally, limits, false).limit, Verdict::Limit::allowed_failed_count);
  limits.error_threshold = 0;
  EXPECT_EQ(evaluate(tally, limits, false).limit, Verdict::Limit::error_threshold);
}

TEST(Verdict, ThePercentageCountsOnlyOnceEverythingWasHandedOut) {
  Thresholds limits;
  limits.mini_batches = 10;
  limits.allowed_failed_percent = 10;
  Tally tally;
  tally.failed_mini_batches = 2;
  EXPECT_FALSE(evaluate(tally, limits, false).aborts());
  const Verdict verdict = evaluate(tally, limits, true);
  EXPECT_EQ(verdict.limit, Verdict::Limit::allowed_failed_percent);
  EXPECT_EQ(verdict.text(limits), "2 failed mini-batches (20 % of 10) exceed allowed_failed_percent 10");
  tally.failed_mini_batches = 1;
  EXPECT_FALSE(evaluate(tally, limits, true).aborts()) << "10 % is not more than 10 %";
  limits.allowed_failed_percent = 0;
  EXPECT_TRUE(evaluate(tally, limits, true).aborts());
}

TEST(MissingOutput, NotOneItemThatSucceededIsACauseToFail) {
  EXPECT_EQ(text_of_missing_output(Tally{3, 1, 1, 2, 0}), "not one item succeeded, so there is no output");
  EXPECT_EQ(text_of_missing_output(Tally{3, 1, 1, 2, 1}), "");
}

}  // namespace prs
