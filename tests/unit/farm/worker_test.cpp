#include <algorithm>
#include <filesystem>

#include "worker_fixture.hpp"

namespace prs {
namespace {

using Numbers = std::vector<std::uint64_t>;

TEST_F(WorkerTest, StartMakesItsFilesAndOpenItsHost) {
  start();
  EXPECT_TRUE(std::filesystem::exists(folder.part(7)));
  EXPECT_TRUE(std::filesystem::exists(folder.tries(7)));
  EXPECT_EQ(rounds.thresholds().mini_batches, 100U);
  EXPECT_EQ(transport.peers().sign_limit(0), std::chrono::minutes(2));
  EXPECT_EQ(driver.made, 0);
  open();
  EXPECT_EQ(driver.made, 1);
  EXPECT_EQ(driver.window, 1U);
  turns();
}

TEST_F(WorkerTest, NothingIsAskedForBeforeTheHostIsReadyNorOnceItIsLost) {
  begin();
  driver.lose_host();
  worker.turn();
  EXPECT_FALSE(protocol::plain_value<bool>(transport.take(Tag::host_state)));
  turns();
  driver.ready();
  worker.turn();
  EXPECT_TRUE(protocol::plain_value<bool>(transport.take(Tag::host_state)));
  turns();
}

TEST_F(WorkerTest, CreditFollowsTheRunTime) {
  begin();
  give({1, 2});
  EXPECT_EQ(driver.held_mini_batches(), (Numbers{1, 2}));
  driver.end("a\nb\n", std::chrono::microseconds(100));
  const protocol::Report quick = take_report();
  const Lookahead ahead = lookahead_for(std::chrono::microseconds(100));
  EXPECT_GT(ahead.credit, 2U);
  // The rows may still be on their way: the credit is told first then.
  EXPECT_EQ(quick.credit, ahead.credit);
  EXPECT_EQ(quick.mean_run_nanoseconds, 100000);
  EXPECT_EQ(driver.window, ahead.window);
  std::size_t outcomes = quick.outcomes.size();
  if (outcomes == 0) outcomes = take_report().outcomes.size();
  EXPECT_EQ(outcomes, 1U);
  driver.end("c\nd\n", std::chrono::seconds(10));
  protocol::Report slow = take_report();
  EXPECT_EQ(slow.credit, 2U);
  EXPECT_EQ(slow.longest_run_nanoseconds, 10000000000);
  if (slow.outcomes.empty()) slow = take_report();
  EXPECT_EQ(slow.outcomes.size(), 1U);
  acknowledge(2);
}

TEST_F(WorkerTest, AnOutcomeIsReportedOnlyOnceItsRowsAreWritten) {
  hold_disk();
  begin();
  give({4});
  driver.end("x\n", std::chrono::seconds(1));
  turns(20);
  EXPECT_FALSE(transport.has_sent());
  let_disk_go();
  const protocol::Report report = take_report();
  ASSERT_EQ(report.outcomes.size(), 1U);
  const Outcome& outcome = report.outcomes[0].outcome;
  EXPECT_EQ(outcome.mini_batch.value, 4U);
  EXPECT_EQ(outcome.rows, 1U);
  EXPECT_EQ(outcome.succeeded, 1U);
  EXPECT_EQ(outcome.stretch.part, 7U);
  EXPECT_EQ(text_of(folder.part(7)).substr(outcome.stretch.offset_bytes, outcome.stretch.length_bytes), "x\n");
}

TEST_F(WorkerTest, AFailureIsReportedOnceItsTextIsWritten) {
  hold_disk();
  begin();
  give({4});
  driver.fail("division by zero");
  turns(20);
  EXPECT_FALSE(transport.has_sent());
  let_disk_go();
  const protocol::Report report = take_report();
  ASSERT_EQ(report.outcomes.size(), 1U);
  EXPECT_EQ(report.outcomes[0].failure, (Failure{"ValueError", "division by zero", "Traceback"}));
  EXPECT_EQ(report.outcomes[0].outcome.succeeded, 0U);
  EXPECT_NE(text_of(folder.user_error("node0", "process000")).find("division by zero\nTraceback\n"), std::string::npos);
}

TEST_F(WorkerTest, OnlyWhatIsAcknowledgedCountsAndInItsOrder) {
  begin();
  give({1, 2});
  driver.end("a\nb\n", std::chrono::seconds(1));
  driver.fail();
  for (std::size_t outcomes = 0; outcomes < 2;) outcomes += take_report().outcomes.size();
  EXPECT_EQ(tally(), Tally());
  acknowledge(1);
  EXPECT_EQ(tally().done, 1);
  EXPECT_EQ(tally().failed_mini_batches, 0);
  acknowledge(1);
  EXPECT_EQ(tally().done, 1);
  EXPECT_EQ(tally().failed_mini_batches, 1);
  EXPECT_EQ(tally().succeeded_items, 2);
}

TEST_F(WorkerTest, ASuccessTakesAChargeBackThatAnotherWorkerMade) {
  begin();
  give({1}, 2);
  driver.end("a\nb\n", std::chrono::seconds(1));
  take_report();
  acknowledge(1);
  EXPECT_EQ(tally().failed_mini_batches, -1);
  EXPECT_EQ(tally().done, 1);
}

TEST_F(WorkerTest, DroppedOutcomesCountNowhereAndOverruledOnesFail) {
  begin();
  give({1, 2, 3});
  for (int i = 0; i < 3; ++i) driver.end("a\nb\n", std::chrono::seconds(1)).columns = "A,B";
  protocol::Report report = take_report();
  ASSERT_EQ(report.outcomes.size(), 3U);
  EXPECT_EQ(report.outcomes[2].columns, "A,B");
  acknowledge(3, {0}, {2});
  EXPECT_EQ(tally().done, 1);
  EXPECT_EQ(tally().failed_mini_batches, 1);
  put_close(false);
  wait_for(Tag::closed);
  const std::string tries = text_of(folder.tries(7));
  EXPECT_EQ(tries.find("\n1,1,"), std::string::npos);
  EXPECT_NE(tries.find("\n2,1,process000"), std::string::npos);
  EXPECT_NE(tries.find("BAD_RETURN,ColumnMismatch"), std::string::npos);
}

TEST_F(WorkerTest, WhatIsCalledBackAndNotStartedIsGivenBack) {
  begin();
  give({1, 2, 3});
  driver.started = 1;
  transport.put(0, Tag::call_back, protocol::plain_bytes(protocol::CallBack{2}));
  worker.turn();
  EXPECT_EQ(take_given_back(), (Indices{{3}}));
  transport.put(0, Tag::call_back, protocol::plain_bytes(protocol::CallBack{0}));
  worker.turn();
  EXPECT_EQ(take_given_back(), (Indices{{2}}));
  transport.put(0, Tag::call_back, protocol::plain_bytes(protocol::CallBack{0}));
  worker.turn();
  EXPECT_EQ(take_given_back(), Indices{});  // an answer, all the same
}

TEST_F(WorkerTest, AfterAStopNothingIsStartedAndWhatRunsGoesOn) {
  begin();
  give({1, 2});
  driver.started = 1;
  transport.put(0, Tag::stop);
  worker.turn();
  EXPECT_EQ(transport.take(Tag::given_back), protocol::to_bytes(Indices{{2}}));
  give({3});
  EXPECT_EQ(take_given_back(), (Indices{{3}}));
  driver.end("a\nb\n", std::chrono::seconds(1));
  const protocol::Report report = take_report();
  EXPECT_EQ(report.outcomes.size(), 1U);
  EXPECT_EQ(report.credit, 0U);
  rounds.end_round();  // takes nothing back
  worker.turn();
  give({4});
  EXPECT_EQ(take_given_back(), (Indices{{4}}));
}

TEST_F(WorkerTest, ARoundThatAbortsStopsItAndOneAfterALossLetsItGoOn) {
  config.parallel.error_threshold = 0;
  begin();
  Tally failed;
  failed.failed_items = 1;
  rounds.end_round(failed);
  worker.turn();
  EXPECT_EQ(take_given_back(), Indices{});
  give({3});
  EXPECT_EQ(take_given_back(), (Indices{{3}}));
  rounds.begin_anew();
  rounds.end_round();
  worker.turn();
  give({4});
  EXPECT_EQ(driver.held_mini_batches(), Numbers{4});
  if (transport.has_sent()) take_report();
}

}  // namespace
}  // namespace prs
