#include "scheduling/hungry_workers.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

constexpr WorkerId nobody{0};

std::vector<std::uint32_t> taken_in_order(HungryWorkers& hungry) {
  std::vector<std::uint32_t> order;
  while (!hungry.is_empty()) order.push_back(hungry.take(nobody).value);
  return order;
}

}  // namespace

TEST(HungryWorkers, IdleOnesComeFirstEachInTheOrderOfTheirComing) {
  HungryWorkers hungry(5);
  hungry.add(WorkerId{4}, false);
  hungry.add(WorkerId{2}, true);
  hungry.add(WorkerId{3}, false);
  hungry.add(WorkerId{1}, true);
  EXPECT_EQ(taken_in_order(hungry), (std::vector<std::uint32_t>{2, 1, 4, 3}));
}

TEST(HungryWorkers, WhoIsAddedAgainKeepsItsPlaceUnlessItHasBecomeIdle) {
  HungryWorkers hungry(5);
  for (std::uint32_t i = 1; i <= 3; ++i) hungry.add(WorkerId{i}, false);
  hungry.add(WorkerId{1}, false);
  hungry.add(WorkerId{3}, true);
  EXPECT_EQ(taken_in_order(hungry), (std::vector<std::uint32_t>{3, 1, 2}));
}

/// Far beyond what the test's time limit allows, if a call looked at all who wait.
TEST(HungryWorkers, HoweverManyWaitACallTakesNoLonger) {
  constexpr std::uint32_t many = 500'000;
  HungryWorkers hungry(many);
  for (std::uint32_t i = 1; i <= many; ++i) hungry.add(WorkerId{i}, false);
  for (std::uint32_t i = many; i > many / 2; --i) hungry.remove(WorkerId{i});
  for (std::uint32_t i = many / 2; i > 1; --i) {
    ASSERT_TRUE(hungry.has_other(WorkerId{i}));
    ASSERT_EQ(hungry.take(WorkerId{1}).value, many / 2 + 2 - i) << "the first one that is not 1";
  }
  EXPECT_EQ(taken_in_order(hungry), std::vector<std::uint32_t>{1});
}

TEST(HungryWorkers, WhoHadItLastGetsItOnlyWhereNobodyElseIsThere) {
  HungryWorkers hungry(5);
  hungry.add(WorkerId{1}, true);
  hungry.add(WorkerId{2}, true);
  hungry.add(WorkerId{3}, false);
  EXPECT_EQ(hungry.take(WorkerId{1}).value, 2U);
  EXPECT_EQ(hungry.take(WorkerId{1}).value, 3U) << "another one, even if it is not idle";
  EXPECT_FALSE(hungry.has_other(WorkerId{1}));
  EXPECT_EQ(hungry.take(WorkerId{1}).value, 1U);
  EXPECT_TRUE(hungry.is_empty());
}

TEST(HungryWorkers, AnIdleOneIsTakenAloneAndTheOthersStay) {
  HungryWorkers hungry(5);
  hungry.add(WorkerId{1}, false);
  EXPECT_FALSE(hungry.take_idle(nobody).has_value());
  hungry.add(WorkerId{2}, true);
  EXPECT_TRUE(hungry.has_idle());
  EXPECT_EQ(hungry.take_idle(WorkerId{2})->value, 2U) << "the only one";
  hungry.remove(WorkerId{2});
  EXPECT_TRUE(hungry.has_other(WorkerId{2}));
  EXPECT_FALSE(hungry.has_other(WorkerId{1}));
}

}  // namespace prs
