#include "script/leftovers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace prs {
namespace {

using Hurry = Leftovers::Hurry;
constexpr Duration never = std::chrono::hours(1);

/// Children of this process that stay until they are killed. An own process group, so that none outlives a failed test.
class LeftoversTest : public testing::Test {
 protected:
  ~LeftoversTest() override {
    for (const pid_t pid : started_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  /// `variable`: its whole environment.
  pid_t start(const std::string& variable) {
    int ready[2];
    EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const char* words[] = {"sleep", "1000", nullptr};
      const char* environment[] = {variable.c_str(), nullptr};
      ::execvpe(words[0], const_cast<char**>(words), const_cast<char**>(environment));
      ::_exit(127);
    }
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 0);  // closed by the exec: from now on it shows its own environment
    ::close(ready[0]);
    started_.push_back(pid);
    return pid;
  }
  pid_t start_one_that_ends_by_and_by(const int (&go_on)[2], const int (&child)[2]);
  static bool is_alive(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == 0; }
  static Leftovers::Options at_once() { return {Duration::zero(), never, never, {}}; }

  std::vector<pid_t> started_;
};

Hurry no_hurry() {
  return Hurry::none;
}

TEST_F(LeftoversTest, OnlyWhatCarriesTheMarkIsEnded) {
  const pid_t stranger = start("HOME=/"), other_job = start("PRS_JOB=/22"), looks_like_it = start("MY_PRS_JOB=/11");
  const pid_t ours = start("PRS_JOB=/11"), nested = start("PRS_JOB=/11/33"), inner = start("PRS_JOB=/00/11");
  Leftovers leftovers("11", at_once());
  EXPECT_TRUE(leftovers.clear(no_hurry).empty());
  for (const pid_t pid : {ours, nested, inner}) EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1) << "ended and reaped";
  for (const pid_t pid : {stranger, other_job, looks_like_it}) EXPECT_TRUE(is_alive(pid));
}

TEST_F(LeftoversTest, AStrangerThatHasEndedIsLeftToWhoeverWaitsForIt) {
  const pid_t stranger = start("HOME=/");
  ::kill(stranger, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(stranger), &info, WEXITED | WNOWAIT), 0);
  Leftovers leftovers("11", at_once());
  EXPECT_TRUE(leftovers.clear(no_hurry).empty());
  EXPECT_EQ(::waitpid(stranger, nullptr, WNOHANG), stranger);
}

TEST_F(LeftoversTest, WhatEndsByItselfIsNotKilled) {
  const pid_t ours = start("PRS_JOB=/11");
  int kills = 0;
  Leftovers leftovers("11", {never, never, never, [&](pid_t) { ++kills; }});
  int asked = 0;
  const auto hurry = [&] {
    if (++asked == 3) ::kill(ours, SIGTERM);
    return Hurry::none;
  };
  EXPECT_TRUE(leftovers.clear(hurry).empty());
  EXPECT_GE(asked, 3);
  EXPECT_EQ(kills, 0);
}

/// A process whose first thread has ended while another one waits for the end of `go_on`: as one that is just ending,
/// it shows no environment any more, and still has its child, a marked one, whose id it writes to `child`.
[[noreturn]] void end_by_and_by(int go_on, int child) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const char* words[] = {"sleep", "1000", nullptr};
    const char* environment[] = {"PRS_JOB=/11", nullptr};
    ::execvpe(words[0], const_cast<char**>(words), const_cast<char**>(environment));
    ::_exit(127);
  }
  std::thread([go_on] {
    char byte = 0;
    (void)!::read(go_on, &byte, 1);
    ::_exit(0);
  }).detach();
  (void)!::write(child, &pid, sizeof pid);
  ::syscall(SYS_exit, 0);
  ::abort();
}

/// Once its first thread has ended and its child, the first of `started_`, shows the mark.
pid_t LeftoversTest::start_one_that_ends_by_and_by(const int (&go_on)[2], const int (&child)[2]) {
  const pid_t ending = ::fork();
  if (ending == 0) {
    ::close(go_on[1]);
    end_by_and_by(go_on[0], child[1]);
  }
  pid_t left = 0;
  EXPECT_EQ(::read(child[0], &left, sizeof left), static_cast<ssize_t>(sizeof left));
  started_.push_back(left);
  const std::string state_file = "/proc/" + std::to_string(ending) + "/stat";
  for (std::string stat; stat.find(") Z ") == stat.npos;) std::getline(std::ifstream(state_file), stat);
  // Until then it still has the environment of this test, which has no mark.
  const std::string environment_file = "/proc/" + std::to_string(left) + "/environ";
  for (std::string text; !text.starts_with("PRS_JOB=");) std::getline(std::ifstream(environment_file), text);
  return ending;
}

TEST_F(LeftoversTest, WhatIsLeftByOneThatIsJustEndingIsWaitedFor) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  int go_on[2], child[2];
  ASSERT_EQ(::pipe2(go_on, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(child, O_CLOEXEC), 0);
  started_.push_back(start_one_that_ends_by_and_by(go_on, child));
  const pid_t left = started_.front();
  Leftovers leftovers("11", {Duration::zero(), never, never, {}});
  int asked = 0;
  const auto hurry = [&] {
    if (++asked == 3) ::close(go_on[1]);
    return Hurry::none;
  };
  EXPECT_TRUE(leftovers.clear(hurry).empty());
  EXPECT_GE(asked, 3);
  EXPECT_EQ(::waitpid(left, nullptr, WNOHANG), -1) << "ended and reaped";
  for (const int fd : {go_on[0], child[0], child[1]}) ::close(fd);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(LeftoversTest, AStrangerWithoutItsFirstThreadIsNotWaitedForForEver) {
  int go_on[2], child[2];
  ASSERT_EQ(::pipe2(go_on, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(child, O_CLOEXEC), 0);
  started_.push_back(start_one_that_ends_by_and_by(go_on, child));
  Leftovers leftovers("22", {never, never, Duration::zero(), {}});
  EXPECT_TRUE(leftovers.clear(no_hurry).empty());
  for (const int fd : {go_on[0], go_on[1], child[0], child[1]}) ::close(fd);
}

TEST_F(LeftoversTest, WhatCannotBeKilledIsNamedAndLeft) {
  const pid_t ours = start("PRS_JOB=/11");
  std::vector<pid_t> killed;
  Leftovers leftovers("11", {Duration::zero(), Duration::zero(), never, [&](pid_t pid) { killed.push_back(pid); }});
  EXPECT_EQ(leftovers.clear(no_hurry), std::vector<std::string>{"process " + std::to_string(ours) + " (sleep)"});
  EXPECT_EQ(killed, std::vector<pid_t>{ours});
  EXPECT_TRUE(leftovers.clear(no_hurry).empty()) << "it is not waited for again";
  EXPECT_EQ(killed.size(), 1U);
}

TEST_F(LeftoversTest, WhoIsInAHurryNeedNotWait) {
  const pid_t ours = start("PRS_JOB=/11");
  std::vector<pid_t> killed;
  Leftovers leftovers("11", {never, never, never, [&](pid_t pid) { killed.push_back(pid); }});
  int asked = 0;
  const auto hurry = [&] {
    ++asked;
    EXPECT_EQ(killed.size(), asked <= 3 ? 0U : static_cast<std::size_t>(asked) - 3) << "before anybody asked for it";
    return asked < 3 ? Hurry::none : asked < 5 ? Hurry::kill_now : Hurry::leave_now;
  };
  EXPECT_EQ(leftovers.clear(hurry).size(), 1U);
  EXPECT_EQ(killed, (std::vector<pid_t>{ours, ours, ours}));
}

}  // namespace
}  // namespace prs
