#include "mpi/rank_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/mpi/communicator.hpp>
#include <csignal>

namespace {
std::atomic<int> translated{0};
}  // namespace

/// The program's calls come by here: how many ranks MPI had to translate.
extern "C" int MPI_Group_translate_ranks(MPI_Group group, int n, const int ranks[], MPI_Group other, int places[]) {
  translated += n;
  return PMPI_Group_translate_ranks(group, n, ranks, other, places);
}

namespace prs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A world of which only this rank is there.
World world_of(int ranks) {
  std::vector<Place> places;
  for (int rank = 0; rank < ranks; ++rank) places.push_back({"host", rank, 1, 0});
  return World(std::move(places));
}

std::vector<int> lost_of(RankWatch& peers) {
  std::vector<int> ranks;
  for (const Loss& loss : peers.take_noticed()) ranks.push_back(loss.rank);
  return ranks;
}

const TimePoint start = TimePoint(seconds(1000));

}  // namespace

TEST(RankWatch, ATurnOfAWorkerCostsNothingForRanksThatItDoesNotListenTo) {
  const World places = world_of(10'000);
  RankWatch peers(MPI_COMM_WORLD, places, 1);
  peers.listen_to(0, seconds(120), start);
  for (int turn = 0; turn < 100'000; ++turn) peers.look(start + milliseconds(turn));  // 100 s
  EXPECT_LE(peers.looked_at(), 102U);
  EXPECT_EQ(lost_of(peers), std::vector<int>());
}

TEST(RankWatch, TheMasterLooksAtAllSilencesOnceASecond) {
  const int ranks = 1000;
  const World places = world_of(ranks);
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  for (int rank = 1; rank < ranks; ++rank) peers.listen_to(rank, seconds(30), start);
  int turn = 0;
  for (; turn < 29'900; turn += 10) {
    if (turn == 5000) peers.heard_from(7, start + milliseconds(turn));
    peers.look(start + milliseconds(turn));
  }
  EXPECT_LE(peers.looked_at(), 31U * ranks);
  EXPECT_EQ(lost_of(peers), std::vector<int>());
  for (; turn < 31'100; turn += 10) peers.look(start + milliseconds(turn));
  EXPECT_EQ(lost_of(peers).size(), ranks - 2U);
  EXPECT_FALSE(peers.is_lost(7));
  for (; turn < 36'100; turn += 10) peers.look(start + milliseconds(turn));
  EXPECT_EQ(lost_of(peers), std::vector<int>{7});
}

TEST(RankWatch, AShortLimitIsLookedAtMoreOften) {
  const World places = world_of(4);
  RankWatch peers(MPI_COMM_WORLD, places, 1);
  peers.listen_to(2, seconds(30), start);
  peers.look(start);
  peers.listen_to(0, milliseconds(100), start);
  int turn = 0;
  for (; turn <= 100; ++turn) peers.look(start + milliseconds(turn));
  EXPECT_EQ(lost_of(peers), std::vector<int>());
  for (; turn <= 1000 && !peers.is_lost(0); ++turn) peers.look(start + milliseconds(turn));
  EXPECT_EQ(lost_of(peers), std::vector<int>{0});
}

TEST(RankWatch, AfterAPauseOfOurOwnNobodysSilenceCounts) {
  const World places = world_of(3);
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  peers.listen_to(1, seconds(30), start);
  peers.look(start);
  peers.look(start + seconds(60));
  EXPECT_EQ(lost_of(peers), std::vector<int>());
  for (int second = 60; second <= 90; ++second) peers.look(start + seconds(second));
  EXPECT_EQ(lost_of(peers), std::vector<int>());
  for (int second = 90; second <= 92; ++second) peers.look(start + seconds(second));
  EXPECT_EQ(lost_of(peers), std::vector<int>{1});
}

TEST(RankWatch, WhoIsListenedToNoMoreMayBeSilent) {
  const World places = world_of(3);
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  peers.listen_to(1, seconds(30), start);
  peers.listen_to(1, std::nullopt, start);
  for (int second = 0; second < 100; ++second) peers.look(start + seconds(second));
  EXPECT_EQ(lost_of(peers), std::vector<int>());
  peers.listen_to(1, seconds(30), start + seconds(100));
  for (int second = 100; second < 140; ++second) peers.look(start + seconds(second));
  EXPECT_EQ(lost_of(peers), std::vector<int>{1});
}

TEST(RankWatch, AProcessThatEndsEndsAWait) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  const World places({{"host", 0, static_cast<int>(::getpid()), 1}, {"host", 0, static_cast<int>(child), 1}});
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  if (peers.can_go_on()) {
    EXPECT_EQ(peers.wake_fd(), -1) << "MPI tells";
  } else {
    pollfd wait{peers.wake_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 0), 0);
    ::kill(child, SIGKILL);
    EXPECT_EQ(::poll(&wait, 1, 30'000), 1);
    peers.look(start);
    EXPECT_EQ(lost_of(peers), std::vector<int>{1});
    EXPECT_EQ(::poll(&wait, 1, 0), 0) << "or each later wait would end at once";
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(MissingRanks, AreFoundWhoeverIsMissing) {
  const boost::mpi::communicator world;
  const int count = world.size();
  const unsigned subsets = 1U << std::min(count, 6);
  for (unsigned subset = 0; subset < subsets; ++subset) {
    // Of more than six ranks the others go with the sixth.
    const auto is_in = [&](int rank) { return (subset >> std::min(rank, 5) & 1U) != 0; };
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Comm_split(world, is_in(world.rank()) ? 0 : MPI_UNDEFINED, world.rank(), &comm);
    if (comm == MPI_COMM_NULL) continue;
    std::vector<int> expected;
    for (int rank = 0; rank < count; ++rank)
      if (!is_in(rank)) expected.push_back(rank);
    EXPECT_EQ(ranks_missing_in(comm, world), expected);
    MPI_Comm_free(&comm);
  }
}

TEST(MissingRanks, OneIsFoundWithAFewQuestions) {
  const boost::mpi::communicator world;
  const int missing = world.size() / 2;
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_split(world, world.rank() == missing ? MPI_UNDEFINED : 0, world.rank(), &comm);
  if (comm == MPI_COMM_NULL) return;
  translated = 0;
  EXPECT_EQ(ranks_missing_in(comm, world), std::vector<int>{missing});
  EXPECT_LE(translated, 4);  // 11 ranks: the logarithm of ten
  MPI_Comm_free(&comm);
}

}  // namespace prs
