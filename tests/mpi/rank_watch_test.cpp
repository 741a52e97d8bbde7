#include "mpi/rank_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace prs {
namespace {

using std::chrono::seconds;

std::vector<int> lost_of(RankWatch& peers) {
  std::vector<int> ranks;
  for (const Loss& loss : peers.take_noticed()) ranks.push_back(loss.rank);
  return ranks;
}

const TimePoint start = TimePoint(seconds(1000));

}  // namespace

TEST(RankWatch, ARankThatIsListenedToAndSilentIsLostOnce) {
  const World places({{"host", 0, 1, 0}, {"host", 1, 1, 0}, {"host", 2, 1, 0}});
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  peers.listen_to(1, seconds(30), start);
  peers.listen_to(2, std::nullopt, start);
  std::vector<Loss> losses;
  for (int second = 0; second <= 40; ++second)
    for (const Loss& loss : peers.take_losses(start + seconds(second))) losses.push_back(loss);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].rank, 1);
  EXPECT_EQ(losses[0].how, "it gave no sign for 30 s");
  EXPECT_TRUE(losses[0].is_silent);
  EXPECT_TRUE(peers.is_lost(1));
  EXPECT_FALSE(peers.is_lost(2));
}

TEST(RankWatch, ASignOfLifeEndsASilence) {
  const World places({{"host", 0, 1, 0}, {"host", 1, 1, 0}});
  RankWatch peers(MPI_COMM_WORLD, places, 0);
  peers.listen_to(1, seconds(30), start);
  for (int second = 0; second <= 100; ++second) {
    if (second % 20 == 0) peers.heard_from(1, start + seconds(second));
    peers.look(start + seconds(second));
  }
  EXPECT_EQ(peers.silence_of(1, start + seconds(100)), seconds(0));
  EXPECT_EQ(lost_of(peers), std::vector<int>());
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

}  // namespace prs
