#include <gtest/gtest.h>

#include "mpi/gather_world.hpp"

namespace prs {

TEST(World, WorkersOfOneHostAreOneNodeAndCountedWithoutTheMaster) {
  const boost::mpi::communicator communicator;
  const World world = gather_world(communicator, "1.0", nullptr, {}).world();
  EXPECT_EQ(world.size(), communicator.size());
  EXPECT_EQ(world.workers(), static_cast<std::uint32_t>(communicator.size()) - 1);
  EXPECT_EQ(world.node_count(), 1U);
  for (int rank = 1; rank < world.size(); ++rank) {
    EXPECT_EQ(world.node_of(rank), 0U);
    EXPECT_EQ(world.place_on_node(rank), static_cast<std::uint32_t>(rank) - 1);
    EXPECT_EQ(world.workers_on_node_of(rank), world.workers());
  }
  EXPECT_TRUE(world.is_placed_as(1, world.workers()));
  EXPECT_FALSE(world.is_placed_as(2, world.workers()));
  EXPECT_EQ(World::process_name(4), "process003");
}

}  // namespace prs
