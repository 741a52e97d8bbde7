#include "farm/endings.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace prs {
namespace {

using std::chrono::seconds;
using Phase = Endings::Phase;

const TimePoint now = TimePoint(seconds(10'000));

Ending at_once(const std::string& cause) {
  return {ExitStatus::failed, cause, "log"};
}
Ending later(const std::string& cause, TimePoint deadline) {
  return {ExitStatus::interrupted, cause, "log", false, deadline};
}

class EndingsTest : public testing::Test {
 protected:
  Endings endings{RunFolder{"/run"}, 30};
};

TEST_F(EndingsTest, TheFirstEndingCounts) {
  EXPECT_TRUE(endings.end_with(at_once("a limit")));
  EXPECT_FALSE(endings.end_with(at_once("another limit")));
  EXPECT_EQ(endings.ending()->cause, "a limit");
}

TEST_F(EndingsTest, WhatLetsTriesFinishGivesWayToWhatDoesNot) {
  EXPECT_TRUE(endings.end_with(later("SIGTERM", now + seconds(30))));
  EXPECT_FALSE(endings.is_at_once());
  EXPECT_TRUE(endings.end_with(at_once("a limit")));
  EXPECT_TRUE(endings.is_at_once());
  EXPECT_EQ(endings.ending()->cause, "SIGTERM; then a limit");
  EXPECT_EQ(endings.ending()->status, ExitStatus::failed);
}

TEST_F(EndingsTest, ThatNothingCanBeWrittenHoldsWhateverEndedTheFarmBefore) {
  endings.end_with(at_once("a limit"));
  EXPECT_FALSE(endings.end_with({ExitStatus::infrastructure, "disk full", "log", true, now, true}));
  EXPECT_TRUE(endings.is_in_trouble());
  EXPECT_EQ(endings.ending()->status, ExitStatus::failed);
}

TEST_F(EndingsTest, UnderALauncherEverySignalOfAnotherKindIsOfMpirun) {
  endings.on_signal({SIGTERM, 1}, now);
  EXPECT_FALSE(endings.is_stopped_by_mpirun()) << "there is no launcher";
  ::setenv("PRS_LAUNCHER_RESULT", "/result", 1);
  Endings passed_on{RunFolder{"/run"}, 30}, killed{RunFolder{"/run"}, 30};
  passed_on.on_signal({SIGUSR1, 1}, now);
  killed.on_signal({SIGTERM, 1}, now);
  ::unsetenv("PRS_LAUNCHER_RESULT");
  EXPECT_FALSE(passed_on.is_stopped_by_mpirun());
  EXPECT_TRUE(killed.is_stopped_by_mpirun());
}

TEST_F(EndingsTest, TheEarlierDeadlineCounts) {
  endings.end_with(later("SIGTERM", now + seconds(30)));
  EXPECT_FALSE(endings.end_with(later("time limit", now + seconds(5))));
  EXPECT_EQ(endings.ending()->deadline, now + seconds(5));
}

TEST_F(EndingsTest, OnceTheRunFinishesNothingEndsItAnyMore) {
  endings.enter(Phase::finishing);
  EXPECT_FALSE(endings.end_with(at_once("too late")));
  EXPECT_FALSE(endings.ending());
}

TEST_F(EndingsTest, TheFirstSignalGivesTheGracePeriodAndTheSecondNone) {
  EXPECT_TRUE(endings.on_signal({SIGUSR1, 1}, now));
  EXPECT_EQ(endings.ending()->deadline, now + seconds(30));
  EXPECT_FALSE(endings.is_hurried());
  EXPECT_FALSE(endings.on_signal({SIGUSR1, 1}, now)) << "told of by another rank";
  EXPECT_TRUE(endings.on_signal({SIGUSR1, 2}, now + seconds(1)));
  EXPECT_TRUE(endings.is_at_once());
  EXPECT_TRUE(endings.is_hurried());
  EXPECT_EQ(endings.ending()->status, ExitStatus::interrupted);
}

TEST_F(EndingsTest, PatienceEndsSomeSecondsAfterASecondSignal) {
  endings.on_signal({SIGTERM, 2}, now);
  EXPECT_FALSE(endings.is_time_to_force(now + seconds(2)));
  EXPECT_TRUE(endings.is_time_to_force(now + seconds(4)));
  EXPECT_FALSE(endings.is_patience_over(now + seconds(5)));
  EXPECT_TRUE(endings.is_patience_over(now + seconds(7)));
}

TEST_F(EndingsTest, ASignalWhileTheRowsArePutTogetherEndsThatAfterTheGracePeriod) {
  endings.enter(Phase::closing);
  EXPECT_FALSE(endings.on_signal({SIGUSR1, 1}, now));
  EXPECT_FALSE(endings.ending());
  EXPECT_FALSE(endings.look_for_interruption(now + seconds(29)));
  EXPECT_TRUE(endings.look_for_interruption(now + seconds(30)));
  EXPECT_EQ(endings.ending()->status, ExitStatus::interrupted);
  EXPECT_NE(endings.ending()->cause.find("the rows are not put together yet"), std::string::npos);
}

TEST_F(EndingsTest, ASecondSignalThereEndsItNow) {
  endings.enter(Phase::closing);
  endings.on_signal({SIGUSR1, 1}, now);
  endings.on_signal({SIGUSR1, 2}, now);
  EXPECT_TRUE(endings.look_for_interruption(now));
}

TEST_F(EndingsTest, WhoAskedForAStopThereGetsNoOtherFarm) {
  EXPECT_FALSE(endings.refuse_another_farm());
  endings.enter(Phase::closing);
  endings.on_signal({SIGUSR1, 1}, now);
  endings.enter(Phase::farming);
  EXPECT_TRUE(endings.refuse_another_farm());
  EXPECT_FALSE(endings.is_at_once());
}

TEST_F(EndingsTest, WhatMakesTheEndWorseIsSaidBesideIt) {
  endings.add(at_once("process001 did not end"), ": is its host hung?");
  EXPECT_EQ(endings.ending()->cause, "process001 did not end: is its host hung?");
  endings.add(at_once("process002 did not end"), ": is its host hung?");
  EXPECT_EQ(endings.ending()->cause, "process001 did not end: is its host hung?; then process002 did not end");
}

/// A batch job that ends in ten minutes; closing takes a part of that.
class EndingsTimeLimit : public EndingsTest {
 protected:
  EndingsTimeLimit() {
    ::setenv("SLURM_JOB_ID", "7", 1);
    ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 600).c_str(), 1);
    time_left = std::make_unique<TimeLeft>(3600, [](const auto&, TimePoint) -> std::unique_ptr<Question> {
      throw InfrastructureError("nobody is asked");
    });
    ::unsetenv("SLURM_JOB_ID");
    ::unsetenv("SLURM_JOB_END_TIME");
  }
  Endings::Remaining remaining(Duration longest_run) const {
    return {false, [] { return true; }, [longest_run] { return longest_run; }};
  }
  TimePoint deadline() const { return time_left->limit()->deadline(); }
  std::unique_ptr<TimeLeft> time_left;
};

TEST_F(EndingsTimeLimit, WhatDoesNotFitIsNotBegun) {
  const Duration run = seconds(100);
  EXPECT_FALSE(endings.on_time_limit(*time_left, remaining(run), deadline() - seconds(200)));
  EXPECT_TRUE(endings.on_time_limit(*time_left, remaining(run), deadline() - seconds(99)));
  EXPECT_EQ(endings.ending()->status, ExitStatus::interrupted);
  EXPECT_EQ(endings.ending()->deadline, deadline()) << "what runs may finish until then";
}

TEST_F(EndingsTimeLimit, WhereAllHasBegunItMayFinish) {
  Endings::Remaining running = remaining(seconds(100));
  running.has_unbegun = [] { return false; };
  EXPECT_FALSE(endings.on_time_limit(*time_left, running, deadline() - seconds(50)));
  EXPECT_TRUE(endings.on_time_limit(*time_left, running, deadline()));
}

TEST_F(EndingsTimeLimit, WhereAllIsOverThereIsNothingToEnd) {
  Endings::Remaining none = remaining(seconds(100));
  none.is_over = true;
  EXPECT_FALSE(endings.on_time_limit(*time_left, none, deadline() + seconds(1)));
  EXPECT_FALSE(endings.ending());
}

TEST_F(EndingsTimeLimit, AtTheLastMomentNoDiskIsWaitedFor) {
  endings.on_time_limit(*time_left, remaining(seconds(1)), time_left->limit()->last_moment());
  EXPECT_TRUE(endings.is_hurried());
  EXPECT_TRUE(endings.is_patience_over(time_left->limit()->end()));
}

TEST_F(EndingsTimeLimit, PuttingTheRowsTogetherEndsWithIt) {
  endings.enter(Phase::closing);
  EXPECT_FALSE(endings.on_time_limit(*time_left, remaining(seconds(1)), deadline()));
  EXPECT_TRUE(endings.look_for_interruption(deadline()));
}

}  // namespace
}  // namespace prs
