#include "output/lease_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "support/posix_io.hpp"
#include "tests/unit/output/lease_fixture.hpp"

namespace prs {
namespace {

TEST(LeaseRules, AReleasedOneIsStaleAtOnce) {
  const Lease lease = parse_lease(stranger().line() + "...r");
  EXPECT_TRUE(lease.is_released);
  EXPECT_EQ(judge(lease, us(), ProcessSign::unknown, {}), LeaseVerdict::stale);
}

TEST(LeaseRules, OfAStrangerOnlyTheAgeTells) {
  EXPECT_EQ(judge(lease_of(stranger(), 0), us(), ProcessSign::unknown, {}), LeaseVerdict::unclear);
  EXPECT_EQ(judge(lease_of(stranger(), 29), us(), ProcessSign::unknown, {}), LeaseVerdict::unclear);
  EXPECT_EQ(judge(lease_of(stranger(), 31), us(), ProcessSign::unknown, {}), LeaseVerdict::stale);
}

TEST(LeaseRules, AServersClockInTheFutureEndsTheWaitAllTheSame) {
  const Lease lease = lease_of(stranger(), -1e6);
  EXPECT_EQ(judge(lease, us(), ProcessSign::unknown, {false, 29}), LeaseVerdict::unclear);
  EXPECT_EQ(judge(lease, us(), ProcessSign::unknown, {false, 31}), LeaseVerdict::stale);
}

TEST(LeaseRules, TheHoldersOwnLengthCounts) {
  LeaseHolder holder = stranger();
  holder.length_seconds = 100;
  EXPECT_EQ(judge(lease_of(holder, 99), us(), ProcessSign::unknown, {}), LeaseVerdict::unclear);
  holder.length_seconds = 1;
  EXPECT_EQ(judge(lease_of(holder, 2), us(), ProcessSign::unknown, {}), LeaseVerdict::stale);
}

TEST(LeaseRules, ASignWhileWatchedIsLive) {
  EXPECT_EQ(judge(lease_of(stranger()), us(), ProcessSign::unknown, {true, 5}), LeaseVerdict::live);
}

TEST(LeaseRules, TheProcessTellsOnTheSameMachine) {
  const Lease lease = lease_of(us());
  EXPECT_EQ(judge(lease, us(), ProcessSign::gone, {}), LeaseVerdict::stale);
  EXPECT_EQ(judge(lease, us(), ProcessSign::running, {}), LeaseVerdict::live);
  EXPECT_EQ(judge(lease, us(), ProcessSign::stopped, {}), LeaseVerdict::unclear);
  EXPECT_EQ(judge(lease_of(us(), 31), us(), ProcessSign::stopped, {}), LeaseVerdict::stale);
}

TEST(LeaseRules, AnEarlierBootOfThisMachineIsOver) {
  LeaseHolder holder = us(), newcomer = us();
  holder.boot = "earlier";
  holder.machine = newcomer.machine = "m";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::stale);
  // Two machines may have the same name: without more, they are not the same.
  newcomer.machine = "n";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::unclear);
  holder.machine = newcomer.machine = "";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::unclear);
}

TEST(LeaseRules, ALaterStartOfTheSameSlurmJobTakesOverAtOnce) {
  LeaseHolder holder = stranger(), newcomer = us();
  holder.slurm_job = newcomer.slurm_job = "77";
  holder.slurm_cluster = newcomer.slurm_cluster = "c";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::unclear);
  newcomer.slurm_restarts = 1;
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::stale);
  newcomer.slurm_cluster = "d";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::unclear);
  newcomer.slurm_cluster = "c";
  newcomer.slurm_job = "78";
  EXPECT_EQ(judge(lease_of(holder), newcomer, ProcessSign::unknown, {}), LeaseVerdict::unclear);
}

TEST(LeaseRules, AFileCutAtAnyByteIsAnUnknownJobsAndJudgedByItsAge) {
  const std::string line = stranger().line();
  for (std::size_t cut = 0; cut < line.size(); ++cut) {
    for (const std::string& tail : {std::string(), std::string(7, '\0'), std::string("\n"), std::string("\nr")}) {
      Lease lease = parse_lease(line.substr(0, cut) + tail);
      if (lease.holder) {
        EXPECT_EQ(cut, line.size() - 1) << "only the newline was missing";
        continue;
      }
      EXPECT_FALSE(lease.is_released);
      EXPECT_EQ(lease.holder_text(), "an unknown job");
      EXPECT_EQ(judge(lease, us(), ProcessSign::unknown, {}), LeaseVerdict::unclear);
      lease.age_seconds = 31;
      EXPECT_EQ(judge(lease, us(), ProcessSign::unknown, {}), LeaseVerdict::stale);
    }
  }
  EXPECT_TRUE(parse_lease(line).holder);
  for (const char* bytes : {"{}\n", "[]\n", "null\n", "{\"version\":2}\n", "\xff\xfe\n", "{\"version\":\"x\"}\n"})
    EXPECT_FALSE(parse_lease(bytes).holder) << bytes;
}

TEST(LeaseRules, WhatIsWrittenIsRead) {
  LeaseHolder holder = stranger();
  holder.slurm_job = "77";
  holder.slurm_restarts = 3;
  holder.host = "h\"\n\xff";
  const auto read = parse_lease(holder.line() + "..").holder;
  ASSERT_TRUE(read);
  holder.host = read->host;  // what is no UTF-8 is replaced
  EXPECT_EQ(*read, holder);
  EXPECT_NE(read->text().find("process 4711 on host"), std::string::npos);
  EXPECT_NE(read->text().find("Slurm job 77, since 2026-01-02T03:04:05Z"), std::string::npos);
}

TEST(LeaseRules, TheProcessTableIsAskedOnlyWhereNumbersMeanTheSame) {
  const LeaseHolder self = us();
  EXPECT_EQ(sign_of(self, self), ProcessSign::running);
  LeaseHolder other = self;
  other.process_start += 1;  // the number was used again
  EXPECT_EQ(sign_of(other, self), ProcessSign::gone);
  for (const auto change : {+[](LeaseHolder& h) { h.host += "x"; }, +[](LeaseHolder& h) { h.machine += "x"; },
                            +[](LeaseHolder& h) { h.boot += "x"; }, +[](LeaseHolder& h) { h.pid_namespace += 1; }}) {
    other = self;
    other.process_start += 1;
    change(other);
    EXPECT_EQ(sign_of(other, self), ProcessSign::unknown);
  }
}

TEST(LeaseRules, AProcessIsRunningStoppedAZombieAndGone) {
  const pid_t child = ::fork();
  if (child == 0)
    for (;;) ::pause();
  LeaseHolder holder = us();
  holder.process = child;
  std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
  std::string field;
  for (int i = 0; i < 22; ++i) stat >> field;  // this program's name has no space
  holder.process_start = std::stoull(field);
  EXPECT_EQ(sign_of(holder, us()), ProcessSign::running);
  ::kill(child, SIGSTOP);
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  EXPECT_EQ(sign_of(holder, us()), ProcessSign::stopped);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(sign_of(holder, us()), ProcessSign::gone) << "a zombie";
  ::waitpid(child, &status, 0);
  EXPECT_EQ(sign_of(holder, us()), ProcessSign::gone);
}

}  // namespace
}  // namespace prs
