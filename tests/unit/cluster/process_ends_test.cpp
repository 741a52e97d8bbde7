#include "cluster/process_ends.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <vector>

namespace prs {
namespace {

using Ranks = std::vector<int>;

/// A process that waits until it is ended.
class Child {
 public:
  Child() : id_(::fork()) {
    if (id_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int id() const { return static_cast<int>(id_); }
  void end() {
    if (id_ > 0) ::kill(id_, SIGKILL), ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }

 private:
  pid_t id_;
};

int poll_of(const ProcessEnds& ends, int milliseconds) {
  pollfd wait{ends.wake_fd(), POLLIN, 0};
  return ::poll(&wait, 1, milliseconds);
}

TEST(ProcessEnds, WhereNothingIsWatchedNothingWakes) {
  ProcessEnds ends;
  EXPECT_EQ(ends.wake_fd(), -1);
  EXPECT_EQ(ends.take(), Ranks{});
}

TEST(ProcessEnds, AProcessThatEndsEndsAWaitAndIsTakenOnce) {
  Child first, second;
  ProcessEnds ends;
  ends.watch(4, first.id());
  ends.watch(7, second.id());
  EXPECT_EQ(poll_of(ends, 0), 0);
  EXPECT_EQ(ends.take(), Ranks{});
  second.end();
  EXPECT_EQ(poll_of(ends, 30'000), 1);
  EXPECT_EQ(ends.take(), Ranks{7});
  EXPECT_EQ(poll_of(ends, 0), 0) << "or each later wait would end at once";
  first.end();
  EXPECT_EQ(poll_of(ends, 30'000), 1);
  EXPECT_EQ(ends.take(), Ranks{4});
}

TEST(ProcessEnds, ManyThatEndTogetherAreAllFound) {
  std::vector<std::unique_ptr<Child>> children;
  ProcessEnds ends;
  for (int rank = 0; rank < 40; ++rank) ends.watch(rank, children.emplace_back(std::make_unique<Child>())->id());
  children.clear();
  std::size_t found = 0;
  for (Ranks some = ends.take(); !some.empty(); some = ends.take()) found += some.size();
  EXPECT_EQ(found, 40U);
}

}  // namespace
}  // namespace prs
