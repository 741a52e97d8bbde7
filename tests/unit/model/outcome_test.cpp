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

}  // namespace prs
