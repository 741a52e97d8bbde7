#include "cluster/machine.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(Machine, KnowsSomeCore) {
  EXPECT_FALSE(allowed_cores().empty());
}

TEST(WorldSize, IsTheMasterAndAllWorkers) {
  EXPECT_EQ(world_size_of(2, 3), 7);
  EXPECT_EQ(world_size_of(std::nullopt, 3), 4);
}

TEST(WorldSize, TakesThisMachinesCoresForALeftOutCount) {
  const std::size_t workers = count_gpus() > 0 ? 1 : allowed_cores().size();
  EXPECT_EQ(world_size_of(std::nullopt, std::nullopt), static_cast<int>(1 + workers));
  EXPECT_EQ(world_size_of(4, std::nullopt), static_cast<int>(1 + 4 * workers));
}

}  // namespace
}  // namespace prs
