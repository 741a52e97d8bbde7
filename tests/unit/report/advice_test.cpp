#include "report/advice.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using std::chrono::seconds;

/// Ten workers for a thousand seconds, in runs of a second each.
AdviceFigures normal() {
  AdviceFigures figures;
  figures.ready_seconds = 10000;
  figures.idle_at_end_seconds = 200;
  figures.tries.tries = 9700;
  figures.tries.run_microseconds = 9'700'000'000;
  figures.tries.longest_good_run_microseconds = 3'000'000;
  figures.run_invocation_timeout = 60;
  figures.is_all_at_first_try = true;
  return figures;
}

std::string advice(const AdviceFigures& figures) {
  return advice_text(advice_of(figures));
}

TEST(Advice, ANormalRunGetsNone) {
  EXPECT_EQ(advice(normal()), "");
  EXPECT_EQ(advice(AdviceFigures()), "");
}

TEST(Advice, ManyShortRunsAskForLargerMiniBatches) {
  AdviceFigures figures = normal();
  figures.tries.tries = 970'000;
  figures.tries.run_microseconds = 9'000'000'000;
  EXPECT_EQ(
      advice(figures),
      "prs_mpi: advice: run() took 9.3 ms a mini-batch, and 8 % of the workers' time went to what surrounds it: a "
      "larger mini_batch_size would be faster\n");
  figures.can_be_larger = false;
  EXPECT_EQ(advice(figures), "") << "the keys of the paths settle the size";
}

TEST(Advice, OverheadOfLongRunsIsNotTheMiniBatchSizes) {
  AdviceFigures figures = normal();
  figures.tries.run_microseconds = 7'000'000'000;
  EXPECT_EQ(advice(figures), "");
}

TEST(Advice, FivePercentOfAShortRunAreNotWorthAWord) {
  AdviceFigures figures = normal();
  figures.ready_seconds = 20;
  figures.idle_at_end_seconds = 0;
  figures.tries.tries = 100'000;
  figures.tries.run_microseconds = 2'000'000;
  EXPECT_EQ(advice(figures), "");
}

TEST(Advice, ALongTailAsksForSmallerMiniBatches) {
  AdviceFigures figures = normal();
  figures.idle_at_end_seconds = 2500;
  figures.tries.run_microseconds = 7'400'000'000;
  EXPECT_EQ(
      advice(figures),
      "prs_mpi: advice: workers had nothing left to do for 25 % of their time, while the last mini-batches ran: a "
      "smaller mini_batch_size would share them out better\n");
  figures.can_be_smaller = false;
  EXPECT_EQ(advice(figures), "") << "there is one item in each";
  figures.can_be_smaller = true;
  figures.is_all_at_first_try = false;
  EXPECT_EQ(advice(figures), "") << "the run was stopped or resumed, or the tail was a retry";
}

TEST(Advice, TimeoutsAskForALongerLimitWhereGoodRunsComeNearIt) {
  AdviceFigures figures = normal();
  figures.tries.run_timeouts = 3;
  EXPECT_EQ(advice(figures), "") << "a run that hangs would hang longer";
  figures.tries.longest_good_run_microseconds = 48'000'000;
  EXPECT_EQ(advice(figures),
            "prs_mpi: advice: 3 tries were ended by run_invocation_timeout (1 min), and the longest run() that ended "
            "well took 48 s: a longer run_invocation_timeout may save retries\n");
  figures.tries.run_timeouts = 0;
  EXPECT_EQ(advice(figures), "");
}

TEST(Advice, RowsThatWaitForTheDiskAskForAFasterOne) {
  AdviceFigures figures = normal();
  figures.disk_wait_seconds = 1000;
  figures.tries.run_microseconds = 8'800'000'000;
  EXPECT_EQ(
      advice(figures),
      "prs_mpi: advice: workers waited for 10 % of their time until the run folder's disk had taken their rows: a "
      "faster file system for `output`, or fewer bytes in each row, would help\n");
}

TEST(Advice, AProcessForEachMiniBatchAsksForFewerProcesses) {
  AdviceFigures figures = normal();
  figures.restart_seconds = 40'000;
  EXPECT_EQ(advice(figures), "") << "no setting limits a process";
  figures.max_batches_per_process = 1;
  EXPECT_EQ(advice(figures),
            "prs_mpi: advice: workers waited for 80 % of their time for new script processes, one after each "
            "mini-batch: a larger max_batches_per_process, or none, would be faster\n");
  figures.tries.tries = 970'000;
  figures.tries.run_microseconds = 9'000'000'000;
  EXPECT_EQ(advice_of(figures).size(), 1U) << "not also for larger mini-batches";
  figures = normal();
  figures.restart_seconds = 40'000;
  figures.max_batches_per_process = 1;
  figures.tries.process_ends = 9000;
  EXPECT_EQ(advice(figures), "") << "most processes were replaced since they died";
  figures.tries.process_ends = 0;
  figures.restart_seconds = 1000;
  EXPECT_EQ(advice(figures), "");
}

TEST(Advice, ATryCountsItsRunAndHowItEnded) {
  TryFigures figures;
  TryLine line;
  line.run_microseconds = 500;
  line.outcome.status = TryStatus::run_timeout;
  figures.add(line);
  line.run_microseconds = 300;
  line.outcome.status = TryStatus::run_done;
  figures.add(line);
  EXPECT_EQ(figures.tries, 2U);
  EXPECT_EQ(figures.run_timeouts, 1U);
  EXPECT_EQ(figures.process_ends, 1U);
  EXPECT_EQ(figures.run_microseconds, 800U);
  EXPECT_EQ(figures.longest_good_run_microseconds, 300U);
}

TEST(WorkerTime, ReadyWorkersCountAndIdleOnesOnceAllIsHandedOut) {
  const TimePoint start = TimePoint(seconds(1000));
  Progress progress;
  progress.mini_batches = 10;
  progress.workers = progress.workers_ready = 4;
  WorkerTime time;
  progress.done = 2;
  progress.running = 1;  // three have asked and get more in a moment
  time.add(progress, start);
  progress.done = 8;
  progress.running = 2;
  time.add(progress, start + seconds(10));
  EXPECT_EQ(time.ready_seconds(), 40);
  EXPECT_EQ(time.idle_at_end_seconds(), 0);
  progress.done = 10;
  progress.running = 0;
  time.add(progress, start + seconds(15));
  EXPECT_EQ(time.ready_seconds(), 60);
  EXPECT_EQ(time.idle_at_end_seconds(), 10);
  time.add(progress, start + seconds(100));
  EXPECT_EQ(time.ready_seconds(), 60) << "the rows are put together";
}

TEST(WorkerTime, NewProcessesCountWhileThereIsWorkForThem) {
  const TimePoint start = TimePoint(seconds(1000));
  Progress progress;
  progress.mini_batches = 10;
  progress.workers = 4;
  WorkerTime time;
  time.add(progress, start);
  progress.done = 1;
  progress.running = progress.workers_ready = 1;
  time.add(progress, start + seconds(10));
  EXPECT_EQ(time.restart_seconds(), 0) << "the first processes were starting";
  progress.done = 8;
  progress.running = 2;
  time.add(progress, start + seconds(20));
  EXPECT_EQ(time.restart_seconds(), 30);
  time.add(progress, start + seconds(90));
  EXPECT_EQ(time.restart_seconds(), 30) << "all was handed out";
}

}  // namespace
}  // namespace prs
