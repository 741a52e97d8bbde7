#include "farm/worker_pace.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace prs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A worker whose host is ready, and that has said so.
class WorkerPaceTest : public testing::Test {
 protected:
  WorkerPaceTest() {
    pace.begin();
    pace.set_host_ready(true);
  }
  void end_try(Duration run, TryStatus status = TryStatus::run_done) {
    TryEnd end;
    end.status = status;
    end.process_time = run;
    pace.add(end);
  }
  /// What a report without outcomes would tell; none: it is not sent.
  std::optional<std::uint32_t> told(bool is_stopped = false) {
    protocol::Report report;
    if (!pace.fill_in(report, is_stopped)) return std::nullopt;
    return report.credit;
  }
  /// The same for one with an outcome, which is always sent.
  protocol::Report report_outcome(bool is_stopped = false) {
    protocol::Report report;
    report.outcomes.emplace_back();
    EXPECT_TRUE(pace.fill_in(report, is_stopped));
    return report;
  }
  WorkerPace pace;
};

TEST_F(WorkerPaceTest, BeforeARunTimeIsKnownTwoAreAskedForOnce) {
  EXPECT_EQ(pace.follow(), std::nullopt);
  EXPECT_EQ(told(), 2U);
  EXPECT_EQ(told(), std::nullopt) << "the master knows it";
}

TEST_F(WorkerPaceTest, WithoutAHostNothingIsAskedFor) {
  pace.set_host_ready(false);
  EXPECT_EQ(told(), std::nullopt);
  pace.set_host_ready(true);
  EXPECT_EQ(told(), 2U);
}

TEST_F(WorkerPaceTest, AnOutcomeIsReportedWithoutAHostToo) {
  pace.set_host_ready(false);
  EXPECT_EQ(report_outcome().credit, 1U) << "none at all would take the worker for a stopped one";
}

TEST_F(WorkerPaceTest, CreditAndWindowFollowTheRunTime) {
  end_try(microseconds(100));
  const Lookahead quick = lookahead_for(microseconds(100));
  ASSERT_GT(quick.credit, 2U);
  EXPECT_EQ(pace.follow(), quick.window);
  EXPECT_EQ(told(), quick.credit);
  end_try(seconds(10));
  EXPECT_EQ(pace.follow(), lookahead_for(seconds(10)).window);
  EXPECT_EQ(told(), 2U);
}

TEST_F(WorkerPaceTest, ACreditThatStaysIsNotToldAgain) {
  for (int i = 0; i < 3; ++i) {
    end_try(seconds(1));
    pace.follow();
    EXPECT_EQ(told(), i == 0 ? std::optional<std::uint32_t>(2) : std::nullopt);
  }
}

TEST_F(WorkerPaceTest, OnlyWhatSucceededTellsHowLongARunTakes) {
  end_try(seconds(60), TryStatus::run_timeout);
  EXPECT_EQ(pace.follow(), std::nullopt);
  end_try(milliseconds(1));
  const protocol::Report report = report_outcome();
  EXPECT_EQ(report.mean_run_nanoseconds, 1'000'000);
  EXPECT_EQ(report.longest_run_nanoseconds, 60'000'000'000) << "what a time limit has to reckon with";
}

TEST_F(WorkerPaceTest, AStoppedWorkerAsksForNothingAndAgainOnceItIsNotStopped) {
  EXPECT_EQ(told(), 2U);
  EXPECT_EQ(told(true), std::nullopt);
  EXPECT_EQ(report_outcome(true).credit, 0U);
  EXPECT_EQ(told(), 2U);
}

TEST_F(WorkerPaceTest, AFarmBeginsWithoutAHostAndAsksAnew) {
  EXPECT_EQ(told(), 2U);
  pace.begin();
  EXPECT_FALSE(pace.is_host_ready());
  EXPECT_EQ(told(), std::nullopt);
  pace.set_host_ready(true);
  EXPECT_EQ(told(), 2U);
}

TEST_F(WorkerPaceTest, TheRestIsAsLongAsWhatIsHeldAllows) {
  Waiting::Limits limits;
  const auto longest = limits.nap;
  pace.limit_rest(limits, 5);
  EXPECT_FALSE(limits.is_work_out) << "no run time is known";
  end_try(milliseconds(2));
  pace.limit_rest(limits, 5);
  EXPECT_TRUE(limits.is_work_out);
  EXPECT_EQ(limits.nap, nap_while_held(milliseconds(2), 5));
  limits = {};
  pace.limit_rest(limits, 0);
  EXPECT_FALSE(limits.is_work_out);
  EXPECT_EQ(limits.nap, longest);
  pace.set_host_ready(false);
  pace.limit_rest(limits, 5);
  EXPECT_FALSE(limits.is_work_out) << "a host that starts wakes the worker itself";
}

}  // namespace
}  // namespace prs
