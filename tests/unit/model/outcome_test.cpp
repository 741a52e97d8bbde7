#include "model/outcome.hpp"

#include <gtest/gtest.h>

namespace prs {

TEST(TryStatus, EveryNameLeadsBackToItsStatus) {
  for (std::size_t i = 0; i < try_status_count; ++i) {
    const auto status = static_cast<TryStatus>(i);
    EXPECT_EQ(try_status_of(name_of(status)), status);
  }
  EXPECT_EQ(try_status_of("run_done"), std::nullopt);
}

TEST(Outcome, AnItemSucceedsForEachRowUpToAsManyAsThereAre) {
  EXPECT_EQ(succeeded_items(0, 3), 0U);
  EXPECT_EQ(succeeded_items(2, 3), 2U);
  EXPECT_EQ(succeeded_items(3, 3), 3U);
  EXPECT_EQ(succeeded_items(std::uint64_t{1} << 40, 3), 3U);
}

TEST(Outcome, WhatIsOverruledIsABadReturnWithoutRowsAndTheSameTry) {
  Outcome outcome{MiniBatchIndex{7}, 2, TryStatus::run_done, 3, 3, 3, {1, 16, 30, 99}};
  overrule(outcome);
  EXPECT_EQ(outcome, (Outcome{MiniBatchIndex{7}, 2, TryStatus::bad_return, 3, 0, 0, {}}));
  EXPECT_FALSE(outcome.is_done());
}

}  // namespace prs
