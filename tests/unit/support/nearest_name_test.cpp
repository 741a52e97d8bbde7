#include "support/nearest_name.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace prs {

TEST(NearestName, FindsWhatIsMeantAndNothingWhereNothingIsNear) {
  const std::vector<std::string> known = {"mini_batch_size", "run_max_try", "error_threshold"};
  EXPECT_EQ(nearest_name("mini_batchsize", known), "mini_batch_size");
  EXPECT_EQ(nearest_name("Run_Max_Tyr", known), "run_max_try");
  EXPECT_EQ(nearest_name("colour", known), std::nullopt);
  EXPECT_EQ(nearest_name("", known), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), known), std::nullopt);
}

}  // namespace prs
