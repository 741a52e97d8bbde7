#include "farm/master.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <set>
#include <utility>

#include "tests/unit/farm/master_harness.hpp"

namespace prs {
namespace {

using protocol::Tag;

std::uint64_t done_in(const History& history) {
  std::uint64_t done = 0;
  history.last.for_each([&](const LastOutcome& last) { done += last.outcome.is_done() ? 1 : 0; });
  return done;
}

TEST(Master, FarmsAllOutAndTheThreeCountsAgree) {
  MasterHarness h(3, 25);
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_TRUE(h.master().dispatcher().is_over());
  EXPECT_EQ(h.master().dispatcher().tally().done, 25);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally()) << "the workers' tallies, reduced";
  EXPECT_EQ(done_in(h.ledger()), 25U);
  ASSERT_EQ(h.workers.closes.size(), 1U);
  EXPECT_TRUE(h.workers.closes.front().is_healthy);
  EXPECT_EQ(h.workers.farms, std::vector<std::uint32_t>{1});
}

TEST(Master, AFailedTryRunsAgainWithTheNextNumber) {
  MasterHarness h(2, 6);
  h.workers.run = [](int, const Task& task) {
    return task.mini_batch.value == 4 && task.dequeue_count < 3 ? PlayedWorkers::failed(task)
                                                                : PlayedWorkers::done(task);
  };
  h.farm();
  EXPECT_EQ(h.master().dispatcher().tally().failed_mini_batches, 0);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally());
  EXPECT_EQ(h.master().progress().tries, 8U);
  EXPECT_EQ(h.ledger().errors.size(), 1U) << "the kind of failure is kept once";
}

TEST(Master, AnOutcomeOfAnOlderTryIsDroppedAndCountsNowhere) {
  MasterHarness h(2, 3);
  std::optional<std::pair<int, Task>> first;
  h.workers.run = [&](int rank, const Task& task) {
    protocol::ReportedOutcome reported = PlayedWorkers::done(task);
    if (!first) {
      first = {rank, task};
      reported.outcome.dequeue_count = 7;  // there was no such try
    }
    return reported;
  };
  bool is_sent = false;
  h.on_rest = [&] {
    if (first && !std::exchange(is_sent, true)) h.workers.report(first->first, {PlayedWorkers::done(first->second)});
  };
  h.farm();
  ASSERT_TRUE(first);
  EXPECT_EQ(h.workers.dropped[first->first].size(), 1U);
  EXPECT_EQ(h.master().dispatcher().tally().done, 3);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally());
  EXPECT_EQ(done_in(h.ledger()), 3U);
}

TEST(Master, AnotherSetOfColumnsCountsAsBadReturnEverywhere) {
  MasterHarness h(1, 4);
  h.workers.run = [](int, const Task& task) {
    protocol::ReportedOutcome reported = PlayedWorkers::done(task);
    reported.columns = task.mini_batch.value == 2 ? "a,c\n" : "a,b\n";
    return reported;
  };
  h.farm();
  EXPECT_EQ(h.workers.overruled[1].size(), 3U) << "each of its three tries";
  EXPECT_EQ(h.master().dispatcher().tally().gave_up, 1);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally());
  const History history = h.ledger();
  EXPECT_EQ(history.columns, "a,b\n");
  EXPECT_TRUE(history.last.has_failed({2}));
}

TEST(Master, AThresholdThatIsPassedEndsTheFarmAndKillsTheHosts) {
  MasterHarness h(2, 20, [](RunConfig& config) {
    config.parallel.error_threshold = 2;
    config.parallel.run_max_try = 1;
  });
  h.workers.run = [](int, const Task& task) { return PlayedWorkers::failed(task); };
  h.workers.keeps = [](int, const Task& task) { return task.mini_batch.value >= 6; };  // so only the limit ends it
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::failed);
  EXPECT_EQ(h.master().verdict().limit, Verdict::Limit::error_threshold);
  ASSERT_FALSE(h.workers.closes.empty());
  EXPECT_FALSE(h.workers.closes.front().is_healthy);
}

TEST(Master, WhereInitFailsInEveryWorkerTheFirstCauseEndsTheRun) {
  MasterHarness h(2, 5);
  h.workers.never_ready = {1, 2};
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->cause, "init() failed in every worker: no model");
  EXPECT_EQ(h.master().first_init_failure()->category, "RuntimeError");
}

TEST(Master, WhereItFailsInOneTheOthersDoTheWork) {
  MasterHarness h(2, 5);
  h.workers.never_ready = {2};
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().dispatcher().tally().done, 5);
}

TEST(Master, ALostWorkerIsDoneWithoutWhereMpiCan) {
  MasterHarness h(3, 12);
  h.transport.peers().survive_losses();
  h.workers.keeps = [&](int rank, const Task&) {
    if (rank == 2) h.transport.peers().lose(2);
    return rank == 2;
  };
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().dispatcher().tally().done, 12);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally());
  EXPECT_EQ(h.master().lost_workers().size(), 1U);
  EXPECT_FALSE(h.master().is_ended_by_loss());
  const History history = h.ledger();
  EXPECT_EQ(done_in(history), 12U);
  EXPECT_TRUE(history.loss_marks.empty()) << "all that it held has passed";
}

TEST(Master, ElsewhereItEndsTheStartAndTheNextOneGoesOn) {
  MasterHarness h(2, 12);
  h.workers.keeps = [&](int rank, const Task& task) {
    if (rank == 2 && task.mini_batch.value >= 4) h.transport.peers().lose(2);
    return rank == 2 && task.mini_batch.value >= 4;
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::infrastructure);
  EXPECT_TRUE(h.master().is_ended_by_loss());
  EXPECT_NE(h.master().ending()->cause.find("a rank was lost: rank 2 (process001 on node)"), std::string::npos);
  EXPECT_FALSE(h.ledger().loss_marks.empty()) << "what it held is suspect at the next start";
}

TEST(Master, AMiniBatchThatTakesThreeRanksWithItIsGivenUpAndNoOther) {
  MasterHarness h(5, 60);
  h.transport.peers().survive_losses();
  std::optional<std::uint64_t> neighbour, culprit;  // the neighbour is handed out first, to the same worker
  h.workers.keeps = [&](int rank, const Task& task) {
    if (rank == 3 && !neighbour) {
      neighbour = task.mini_batch.value;
      return true;
    }
    if (rank == 3 && !culprit) culprit = task.mini_batch.value;
    if (task.mini_batch.value == culprit) h.transport.peers().lose(rank);
    return h.transport.peers().is_lost(rank);
  };
  h.farm();
  ASSERT_TRUE(culprit);
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().lost_workers().size(), 3U);
  EXPECT_EQ(h.master().dispatcher().tally().gave_up, 1);
  EXPECT_TRUE(h.master().dispatcher().has_given_up({*culprit}));
  EXPECT_EQ(h.master().dispatcher().tally().done, 59);
}

TEST(Master, ASignalLetsRunningTriesFinish) {
  MasterHarness h(1, 40);
  int tries = 0;
  h.workers.run = [&](int, const Task& task) {
    if (++tries == 5) h.transport.signal(SIGUSR1);
    return PlayedWorkers::done(task);
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::interrupted);
  EXPECT_EQ(h.workers.stops, 1);
  ASSERT_FALSE(h.workers.closes.empty());
  EXPECT_TRUE(h.workers.closes.front().is_healthy);
  EXPECT_LT(tries, 40);
  EXPECT_EQ(done_in(h.ledger()), static_cast<std::uint64_t>(tries)) << "what was done is kept";
}

TEST(Master, ASecondSignalKillsTheHosts) {
  MasterHarness h(1, 40);
  h.workers.run = [&](int, const Task& task) {
    h.transport.put(1, Tag::signal, protocol::plain_bytes(protocol::Signal{SIGTERM, 2}));
    return PlayedWorkers::done(task);
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_TRUE(h.master().ending()->is_at_once);
  EXPECT_EQ(h.workers.stops, 0) << "nothing may finish";
  EXPECT_FALSE(h.workers.closes.front().is_healthy);
  EXPECT_EQ(h.master().hurry_cause(), "stopped at once by a second signal");
}

TEST(Master, AWorkerInTroubleEndsTheRunAndNothingIsWaitedFor) {
  MasterHarness h(2, 40);
  h.workers.run = [&](int rank, const Task& task) {
    if (rank == 2) h.transport.put(2, Tag::trouble, "node: disk full");
    return PlayedWorkers::done(task);
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->cause, "node: disk full");
  EXPECT_TRUE(h.workers.closes.front().is_in_trouble);
}

TEST(Master, AWorkerThatDoesNotAnswerItsCloseIsAbandonedByName) {
  MasterHarness h(2, 4);
  h.workers.left_alone = {Tag::close};
  h.on_rest = [&] {
    if (h.workers.try_take(1, Tag::close)) h.transport.put(1, Tag::closed, protocol::plain_bytes(protocol::Closed()));
    if (h.workers.try_take(2, Tag::close)) h.workers.silent.insert(2);
    if (!h.workers.silent.empty()) h.transport.advance(std::chrono::seconds(1));
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::infrastructure);
  EXPECT_NE(h.master().ending()->cause.find("process001 on node did not end its script in time"), std::string::npos);
  EXPECT_EQ(h.master().hung_workers(), std::vector<std::uint64_t>{2});
  EXPECT_EQ(h.transport.peers().take_losses(h.transport.now()).size(), 1U) << "the end goes on without it";
}

TEST(Master, OneThatGivesSignsOfLifeIsWaitedFor) {
  MasterHarness h(2, 4);
  h.workers.left_alone = {Tag::close};
  const TimePoint begun = h.transport.now();
  h.on_rest = [&] {
    const bool is_over = h.transport.now() - begun > std::chrono::minutes(3);
    for (const int rank : {1, 2})
      if (is_over && h.workers.try_take(rank, Tag::close))
        h.transport.put(rank, Tag::closed, protocol::plain_bytes(protocol::Closed()));
      else if (!is_over)
        h.transport.put(rank, Tag::beat, protocol::plain_bytes(protocol::Busy::disk));
    if (!is_over) h.transport.advance(std::chrono::seconds(1));
  };
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_GT(h.transport.now() - begun, std::chrono::minutes(3));
}

TEST(Master, DamagedRowsAreFarmedAgainUnderTheNextNumber) {
  MasterHarness h(2, 6);
  h.farm();
  const std::vector<MiniBatchIndex> damaged{{2}, {5}};
  const History history = h.ledger();
  for (const LastOutcome& last : history.last.of(damaged)) h.master().run_again(last.outcome);
  EXPECT_EQ(h.master().dispatcher().tally().done, 4);
  h.farm();
  EXPECT_EQ(h.workers.farms, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(h.master().dispatcher().tally().done, 6);
  EXPECT_EQ(h.master().rounds().sum(), h.master().dispatcher().tally());
  EXPECT_EQ(h.master().progress().tries, 8U);
}

TEST(Master, DamagedRowsAreFarmedAgainAlsoBesideAWorkerThatGaveUp) {
  MasterHarness h(2, 6);
  h.workers.never_ready = {2};
  h.farm();
  const std::vector<MiniBatchIndex> damaged{{0}};
  const History history = h.ledger();
  for (const LastOutcome& last : history.last.of(damaged)) h.master().run_again(last.outcome);
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().dispatcher().tally().done, 6);
}

TEST(Master, EveryShareOfTheOutputIsWritten) {
  MasterHarness h(2, 2);
  h.farm();
  std::set<std::size_t> written;
  const auto damaged = h.master().assemble(
      [](std::size_t index, std::size_t step) { return step == 0 ? std::to_string(index) : std::string(); },
      [&](std::size_t index, std::size_t) { written.insert(index); }, 5);
  EXPECT_TRUE(damaged.empty());
  EXPECT_EQ(written.size(), 5U);
  EXPECT_FALSE(h.master().ending());
}

TEST(Master, WhereNobodyIsLeftToWriteTheStartEndsAndTheNextOneGoesOn) {
  MasterHarness h(2, 2);
  h.transport.peers().survive_losses();
  h.farm();
  h.workers.left_alone = {Tag::assemble};
  h.on_rest = [&] {
    for (const int rank : {1, 2})
      if (h.workers.try_take(rank, Tag::assemble)) h.transport.peers().lose(rank);
  };
  h.master().assemble([](std::size_t, std::size_t step) { return std::string(step == 0 ? "x" : ""); },
                      [](std::size_t, std::size_t) {}, 3);
  ASSERT_TRUE(h.master().ending());
  EXPECT_TRUE(h.master().is_ended_by_loss());
  EXPECT_NE(h.master().ending()->cause.find("no worker is left to write the output"), std::string::npos);
}

TEST(Master, WhatGoesOnBesideTheLoopIsWaitedForAndItsErrorsArrive) {
  MasterHarness h(1, 1);
  h.farm();
  bool has_run = false;
  EXPECT_TRUE(h.master().aside("working", [&] { has_run = true; }));
  EXPECT_TRUE(has_run);
  EXPECT_THROW(h.master().aside("failing", [] { throw InfrastructureError("no"); }), InfrastructureError);
}

}  // namespace
}  // namespace prs
