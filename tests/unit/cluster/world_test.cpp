#include "cluster/world.hpp"

#include <gtest/gtest.h>

#include "support/errors.hpp"

namespace prs {
namespace {

/// Ranks by host; those of one letter share memory.
World world_on(const std::string& hosts) {
  std::vector<Place> places;
  for (const char host : hosts)
    places.push_back({std::string("node-") + host, static_cast<int>(hosts.find(host)), 100, 7});
  return World(std::move(places));
}

std::string refusal_of(const World& world, std::optional<std::uint32_t> nodes, std::optional<std::uint32_t> per_node) {
  try {
    check_world(nodes, per_node, world);
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

TEST(World, NumbersNodesByTheirLowestWorker) {
  const World world = world_on("aababb");  // rank 0 is no worker
  EXPECT_EQ(world.workers(), 5U);
  EXPECT_EQ(world.node_count(), 2U);
  EXPECT_EQ(world.node_of(1), 0U);
  EXPECT_EQ(world.node_of(2), 1U);
  EXPECT_EQ(world.workers_on_node_of(1), 2U);
  EXPECT_EQ(world.workers_on_node_of(5), 3U);
  EXPECT_EQ(world.place_on_node(3), 1U);
  EXPECT_EQ(world.place_on_node(5), 2U);
  EXPECT_EQ(world.placement_text(), "2 nodes: 2 on node-a, 3 on node-b");
}

TEST(World, SeesAProcessOnlyOnItsHostAndInItsNamespace) {
  const World world({{"a", 0, 11, 7}, {"a", 0, 12, 7}, {"a", 0, 13, 8}, {"b", 3, 11, 7}, {"a", 0, 14, 0}});
  EXPECT_TRUE(world.can_see(0, 1));
  EXPECT_FALSE(world.can_see(0, 2));
  EXPECT_FALSE(world.can_see(0, 3));
  EXPECT_FALSE(world.can_see(4, 4)) << "no namespace is known";
}

TEST(CheckWorld, NamesTheNumberOfRanksToUse) {
  EXPECT_NE(refusal_of(world_on("aaaa"), 1, 2).find("use mpirun -n 3"), std::string::npos);
  EXPECT_NE(refusal_of(world_on("aaaa"), 2, std::nullopt).find("use mpirun -n 3"), std::string::npos);
  EXPECT_NE(refusal_of(world_on("a"), std::nullopt, std::nullopt).find("has no worker"), std::string::npos);
  EXPECT_EQ(refusal_of(world_on("aaaa"), 1, 3), "");
}

TEST(CheckWorld, RefusesAnotherPlacementAndNamesTheHosts) {
  EXPECT_EQ(check_world(2, 2, world_on("aaabb")), "");
  const std::string text = refusal_of(world_on("aaaab"), 2, 2);
  EXPECT_TRUE(
      text.starts_with("the configuration asks for 2 nodes with 2 workers each, MPI placed them on 2 nodes: 3 on "
                       "node-a, 1 on node-b: place 2 ranks on each host"))
      << text;
}

TEST(CheckWorld, WarnsWhereOneMachineStandsForSeveral) {
  EXPECT_EQ(check_world(2, 2, world_on("aaaaa")),
            "the configuration asks for 2 nodes with 2 workers each, MPI placed them on 1 node: 4 on node-a");
}

TEST(CheckWorld, TakesAnyPlacementWhereTheConfigurationSaysNothing) {
  EXPECT_EQ(check_world(std::nullopt, std::nullopt, world_on("aaaabbc")), "");
}

TEST(CheckWorld, TakesWhatIsLeftOutFromTheWorld) {
  EXPECT_EQ(check_world(std::nullopt, std::nullopt, world_on("aaabb")), "");
  EXPECT_EQ(check_world(std::nullopt, 2, world_on("aaabb")), "");
  EXPECT_EQ(check_world(1, std::nullopt, world_on("aaaa")), "");
}

}  // namespace
}  // namespace prs
