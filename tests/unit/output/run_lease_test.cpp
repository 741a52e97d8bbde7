#include "output/run_lease.hpp"

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

RunLease::Options options(double seconds = length_seconds) {
  RunLease::Options options;
  options.length = std::chrono::duration<double>(seconds);
  return options;
}

std::string lease_file(const OutputFolder& folder, int number) {
  return folder.file(std::to_string(number) + ".lease");
}

void put(const std::string& path, const std::string& bytes, double age_seconds = 0) {
  write_bytes(path, bytes);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec -= static_cast<time_t>(age_seconds);
  const timespec times[2] = {now, now};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

/// "taken", or why not.
std::string result_of_start(const OutputFolder& folder, const RunLease::Options& how = options()) {
  try {
    const RunLease lease(folder.file(""), how);
    return "taken";
  } catch (const UserError& error) {
    return error.what();
  }
}

/// Ends a wait at the first look, so that no test waits for a lease to grow old.
struct Waited {};
RunLease::Options no_waiting(std::string* said = nullptr) {
  RunLease::Options how = options();
  how.between_looks = [] { throw Waited(); };
  if (said != nullptr) how.say = [said](const std::string& text) { *said += text; };
  return how;
}

// ---- taking it

TEST(RunLease, ASecondOneIsRefusedWithTheNameOfTheFirst) {
  const OutputFolder folder;
  const RunLease first(folder.file("lease"), options());
  try {
    const RunLease second(folder.file("lease"), options());
    FAIL();
  } catch (const UserError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("another job works in this run folder: process " + std::to_string(::getpid()) + " on host"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(folder.file("lease/1.lease")), std::string::npos) << text;
  }
}

TEST(RunLease, AReleasedOneIsTakenOverAtOnceAndTheChainGoesOn) {
  const OutputFolder folder;
  std::string last;
  for (int i = 1; i < 5; ++i) {
    const RunLease lease(folder.file(""), no_waiting());
    EXPECT_EQ(lease.name().substr(0, 2), std::to_string(i) + "-");
    EXPECT_NE(lease.name(), last);
    last = lease.name();
    EXPECT_TRUE(std::filesystem::exists(lease_file(folder, i)));
    EXPECT_FALSE(std::filesystem::exists(lease_file(folder, i - 1)));
  }
  EXPECT_EQ(bytes_of(lease_file(folder, 4)).back(), 'r');
}

TEST(RunLease, AStrangersFreshLeaseIsWatchedWhichCanBeInterrupted) {
  const OutputFolder folder;
  const std::string bytes = stranger().line() + "..";
  put(lease_file(folder, 1), bytes);
  std::string said;
  EXPECT_THROW(RunLease(folder.file(""), no_waiting(&said)), Waited);
  EXPECT_NE(said.find("held by process 4711 on host far"), std::string::npos) << said;
  EXPECT_NE(said.find("waiting up to"), std::string::npos) << said;
  EXPECT_EQ(bytes_of(lease_file(folder, 1)), bytes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.file("")), {}), 1) << "something was left behind";
}

TEST(RunLease, AStrangersOldLeaseIsTakenOverAtOnce) {
  const OutputFolder folder;
  put(lease_file(folder, 7), stranger().line() + "..", 31);
  const RunLease lease(folder.file(""), no_waiting());
  EXPECT_EQ(lease.name().substr(0, 2), "8-");
}

TEST(RunLease, AStrangerThatGivesASignWhileWatchedIsRefusedByName) {
  const OutputFolder folder;
  put(lease_file(folder, 1), stranger().line());
  RunLease::Options how = options();
  int looks = 0, sayings = 0;
  how.say = [&](const std::string&) { ++sayings; };
  how.between_looks = [&] {
    if (++looks == 2) std::ofstream(lease_file(folder, 1), std::ios::app) << '.';
  };
  EXPECT_NE(result_of_start(folder, how).find("process 4711 on host far"), std::string::npos);
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(sayings, 1);
}

TEST(RunLease, AStrangerThatGivesNoSignIsTakenOverAfterTheLeasesLength) {
  const OutputFolder folder;
  put(lease_file(folder, 1), stranger().line());
  RunLease::Options how = options();
  int looks = 0;
  how.between_looks = [&] {
    if (++looks == 2) put(lease_file(folder, 1), bytes_of(lease_file(folder, 1)), 31);  // time passes
  };
  EXPECT_EQ(result_of_start(folder, how), "taken");
  EXPECT_EQ(looks, 2);
}

TEST(RunLease, TheAgeIsMeasuredOnTheFileServersClock) {
  // A file whose time lies an hour ahead of this machine is no older than now, and watched.
  const OutputFolder folder;
  put(lease_file(folder, 1), stranger().line(), -3600);
  EXPECT_THROW(RunLease(folder.file(""), no_waiting()), Waited);
}

TEST(RunLease, GarbageIsAnUnknownJobs) {
  const OutputFolder folder;
  put(lease_file(folder, 2), "");
  std::string said;
  EXPECT_THROW(RunLease(folder.file(""), no_waiting(&said)), Waited);
  EXPECT_NE(said.find("held by an unknown job"), std::string::npos) << said;
  put(lease_file(folder, 2), "", 31);
  EXPECT_EQ(result_of_start(folder, no_waiting()), "taken");
}

TEST(RunLease, ForeignFilesInTheFolderAreNoLeases) {
  const OutputFolder folder;
  for (const char* name : {"x.lease", "0.lease", "-3.lease", "3.lease~", "99999999999999999999999.lease", ".lease"})
    put(folder.file(name), "");
  const RunLease lease(folder.file(""), no_waiting());
  EXPECT_EQ(lease.name().substr(0, 2), "1-");
}

TEST(RunLease, WhatKilledStartsLeftIsClearedAway) {
  const OutputFolder folder;
  put(folder.file(".new-old"), "{", 10'000);
  put(folder.file(".new-now"), "{");
  put(lease_file(folder, 1), stranger().line(), 31);
  put(lease_file(folder, 2), stranger().line(), 31);
  const RunLease lease(folder.file(""), no_waiting());
  EXPECT_FALSE(std::filesystem::exists(folder.file(".new-old")));
  EXPECT_TRUE(std::filesystem::exists(folder.file(".new-now"))) << "another start may be about to link it";
  EXPECT_FALSE(std::filesystem::exists(lease_file(folder, 1)));
  EXPECT_FALSE(std::filesystem::exists(lease_file(folder, 2)));
}

/// Many at once, again and again: exactly one gets it each time.
void race(NewNameBy by) {
  constexpr int rounds = 30, racers = 8;
  const OutputFolder folder;
  for (int round = 0; round < rounds; ++round) {
    std::atomic<int> holding = 0, taken = 0, refused = 0, ready = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < racers; ++i)
      threads.emplace_back([&] {
        RunLease::Options how = options();
        how.make_by = by;
        how.between_looks = [] {};
        ++ready;
        while (ready < racers) std::this_thread::yield();
        try {
          RunLease lease(folder.file(""), how);
          EXPECT_EQ(++holding, 1);
          ++taken;
          while (taken + refused < racers) std::this_thread::yield();
          lease.expect_held();
          --holding;
        } catch (const UserError&) {
          ++refused;
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(refused, racers - 1);
  }
}
TEST(RunLease, OneOfManyThreadsGetsIt) {
  race(NewNameBy::link);
}
TEST(RunLease, OneOfManyThreadsGetsItWithoutHardLinks) {
  race(NewNameBy::rename);
  race(NewNameBy::exclusion);
}

TEST(RunLease, OneOfManyProcessesTakesOverAKilledOne) {
  const OutputFolder folder;
  for (int round = 0; round < 20; ++round) {
    int go[2], done[2];
    ASSERT_EQ(::pipe(go), 0);
    ASSERT_EQ(::pipe(done), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        char byte;
        (void)!::read(go[0], &byte, 1);
        char result = 'r';
        try {
          // Kept for good: the process is killed with it in its hands.
          auto* lease = new RunLease(folder.file(""), options());
          result = lease != nullptr ? 't' : 'r';
        } catch (const UserError&) {
        }
        (void)!::write(done[1], &result, 1);
        for (;;) ::pause();
      }
      children.push_back(child);
    }
    EXPECT_EQ(::write(go[1], "xxxxxx", 6), 6);
    std::string results;
    while (results.size() < children.size()) {
      char byte = 0;
      ASSERT_EQ(::read(done[0], &byte, 1), 1);
      results += byte;
    }
    EXPECT_EQ(std::count(results.begin(), results.end(), 't'), 1) << results;
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    for (const int fd : {go[0], go[1], done[0], done[1]}) ::close(fd);
  }
}

/// Between one's look and its link others may take and release the next numbers, and clear its own away.
TEST(RunLease, ThoseThatComeAndGoNeverHoldItTogether) {
  constexpr int threads_in_all = 8, times = 40;
  const OutputFolder folder;
  std::atomic<int> holding = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < threads_in_all; ++i)
    threads.emplace_back([&] {
      for (int taken = 0; taken < times;) {
        try {
          RunLease lease(folder.file(""), options());
          EXPECT_EQ(++holding, 1);
          EXPECT_NO_THROW(lease.expect_held());
          --holding;
          ++taken;
        } catch (const UserError&) {
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.file("")), {}), 1);
}

// ---- keeping and losing it

/// Waits for it, however long the machine takes.
template <typename Condition>
void wait_until(const Condition& is_met) {
  while (!is_met()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(RunLease, ItIsRenewedAlsoWhileTheMainThreadIsBusy) {
  const OutputFolder folder;
  const RunLease lease(folder.file(""), options(0.06));
  const auto size = [&] { return std::filesystem::file_size(lease_file(folder, 1)); };
  const auto before = size();
  wait_until([&] { return size() >= before + 5; });
  EXPECT_EQ(bytes_of(lease_file(folder, 1)).substr(before, 5), ".....");
}

TEST(RunLease, OneThatWasTakenOverSaysByWhomAndIsNotRenewedOrReleasedAnyMore) {
  const OutputFolder folder;
  RunLease lease(folder.file(""), options(0.6));
  EXPECT_FALSE(lease.loss());
  EXPECT_NO_THROW(lease.expect_held());
  put(lease_file(folder, 2), stranger().line());
  EXPECT_THROW(lease.expect_held(), LeaseLost);
  ASSERT_TRUE(lease.loss());
  EXPECT_NE(lease.loss()->find("process 4711 on host far"), std::string::npos) << *lease.loss();
  std::filesystem::remove(lease_file(folder, 2));
  EXPECT_THROW(lease.expect_held(), LeaseLost) << "lost is lost";
  lease.release();
  EXPECT_EQ(bytes_of(lease_file(folder, 1)).find('r', bytes_of(lease_file(folder, 1)).find('\n')), std::string::npos);
}

TEST(RunLease, TheRenewingThreadNoticesATakeOver) {
  const OutputFolder folder;
  RunLease lease(folder.file(""), options(0.06));
  put(lease_file(folder, 2), stranger().line());
  wait_until([&] { return lease.loss().has_value(); });
  EXPECT_NE(lease.loss()->find("took over the run folder"), std::string::npos) << *lease.loss();
}

TEST(RunLease, ATakeOverThatWentOnIsNoticedByTheHighestNumber) {
  const OutputFolder folder;
  RunLease lease(folder.file(""), options());
  put(lease_file(folder, 5), stranger().line());
  std::filesystem::remove(lease_file(folder, 1));  // as the later holders do
  EXPECT_THROW(lease.expect_held(), LeaseLost);
  EXPECT_NE(lease.loss()->find("process 4711 on host far"), std::string::npos) << *lease.loss();
}

TEST(RunLease, ADeletedFolderIsNoticedAndNothingIsMadeInItsPlace) {
  const OutputFolder folder;
  RunLease lease(folder.file("out/lease"), options(0.06));
  std::filesystem::remove_all(folder.file("out"));
  wait_until([&] { return lease.loss().has_value(); });
  EXPECT_NE(lease.loss()->find("was deleted"), std::string::npos) << *lease.loss();
  EXPECT_NE(lease.loss()->find(folder.file("out/lease")), std::string::npos) << *lease.loss();
  lease.release();
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
}

TEST(RunLease, ADeletedFolderThatAnotherJobMadeAnewIsThatJobs) {
  const OutputFolder folder;
  RunLease lease(folder.file("out/lease"), options(0.06));
  std::filesystem::remove_all(folder.file("out"));
  std::filesystem::create_directories(folder.file("out/lease"));
  const std::string bytes = stranger().line();
  put(folder.file("out/lease/1.lease"), bytes);  // the same number
  wait_until([&] { return lease.loss().has_value(); });
  EXPECT_NE(lease.loss()->find("process 4711 on host far"), std::string::npos) << *lease.loss();
  lease.release();
  EXPECT_EQ(bytes_of(folder.file("out/lease/1.lease")), bytes);
}

TEST(RunLease, AStoppedHolderIsTakenOverAndFindsOutWhenItGoesOn) {
  const OutputFolder folder;
  int talk[2];
  ASSERT_EQ(::pipe(talk), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    RunLease lease(folder.file(""), options(0.3));
    (void)!::write(talk[1], "h", 1);
    while (!lease.loss()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::_exit(lease.loss()->find("process " + std::to_string(::getppid()) + " on") != std::string::npos ? 42 : 43);
  }
  char byte;
  ASSERT_EQ(::read(talk[0], &byte, 1), 1);
  ::kill(child, SIGSTOP);
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  RunLease lease(folder.file(""), options());
  EXPECT_EQ(lease.name().substr(0, 2), "2-");
  ::kill(child, SIGCONT);
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_NO_THROW(lease.expect_held());
}

}  // namespace
}  // namespace prs
