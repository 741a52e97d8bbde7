#include "farm/crew.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

World world_of(int ranks) {
  std::vector<Place> places;
  for (int rank = 0; rank < ranks; ++rank) places.push_back({"node" + std::to_string(rank), rank, 1, 1});
  return World(std::move(places));
}

TEST(Crew, IsClosedOnceEachMemberIsClosedOrLost) {
  const World world = world_of(4);
  Crew crew(world);
  EXPECT_FALSE(crew.is_all_closed());
  crew.close(1);
  crew.close(3);
  EXPECT_FALSE(crew.is_all_closed());
  crew.lose(2, "its process ended");
  EXPECT_TRUE(crew.is_all_closed());
  crew.reopen();
  EXPECT_FALSE(crew.is_all_closed());
  crew.close(1);
  crew.close(3);
  EXPECT_TRUE(crew.is_all_closed()) << "the lost one stays closed";
}

TEST(Crew, AddsUpFailedShutdownsAndNamesTheFirst) {
  const World world = world_of(4);
  const RunFolder folder{"/out"};
  Crew crew(world);
  crew.close(1, {0});
  EXPECT_EQ(crew.failed_shutdowns_text(folder), "");
  crew.close(3, {1});
  EXPECT_EQ(crew.failed_shutdowns_text(folder),
            "shutdown() of the entry script failed in 1 script process; for process002 on node3, see "
            "/out/logs/sys/node/node3/process002.txt");
  crew.reopen();
  crew.close(2, {2});
  crew.close(3, {1});
  EXPECT_EQ(crew.failed_shutdowns_text(folder),
            "shutdown() of the entry script failed in 4 script processes; for the first, process001 on node2, see "
            "/out/logs/sys/node/node2/process001.txt");
}

TEST(Crew, NamesWhoIsLost) {
  const World world = world_of(3);
  Crew crew(world);
  crew.member(2).is_host_ready = true;
  EXPECT_EQ(crew.ready(), 1U);
  crew.lose(2, "its process ended");
  EXPECT_EQ(crew.lost(), (std::vector<std::string>{"rank 2 (process001 on node2): its process ended"}));
  EXPECT_EQ(crew.living(), 1U);
  EXPECT_EQ(crew.ready(), 0U);
  crew.lose_unnamed(1);
  EXPECT_EQ(crew.living(), 0U);
  EXPECT_EQ(crew.lost().size(), 1U) << "how the run ended is settled";
}

TEST(Crew, NotesAHungMemberOnce) {
  const World world = world_of(3);
  Crew crew(world);
  crew.note_hung(2);
  crew.note_hung(2);
  EXPECT_EQ(crew.hung(), std::vector<std::uint64_t>{2});
}

TEST(Crew, KnowsWhetherSomebodyWaitsForADisk) {
  using protocol::Busy;
  const World world = world_of(4);
  Crew crew(world);
  EXPECT_FALSE(crew.is_any_at_disk());
  crew.set_busy(1, Busy::disk);
  crew.set_busy(1, Busy::disk);
  crew.set_busy(2, Busy::disk);
  crew.set_busy(3, Busy::script);
  crew.set_busy(1, Busy::no);
  EXPECT_TRUE(crew.is_any_at_disk());
  crew.lose_unnamed(2);
  EXPECT_FALSE(crew.is_any_at_disk()) << "who is lost waits for nothing";
}

TEST(Crew, KnowsTheLongestRun) {
  const World world = world_of(3);
  Crew crew(world);
  EXPECT_EQ(crew.longest_run(), Duration::zero());
  crew.member(1).longest_run = std::chrono::seconds(3);
  crew.member(2).longest_run = std::chrono::seconds(2);
  EXPECT_EQ(crew.longest_run(), std::chrono::seconds(3));
}

}  // namespace
}  // namespace prs
