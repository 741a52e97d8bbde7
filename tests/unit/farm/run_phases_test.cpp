#include "farm/run_phases.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "support/posix_io.hpp"
#include "tests/unit/farm/master_harness.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t row_bytes = 10;  ///< of each mini-batch

/// A try that has written a row.
protocol::ReportedOutcome with_row(const Task& task) {
  protocol::ReportedOutcome reported = PlayedWorkers::done(task);
  reported.outcome.stretch = {1, task.mini_batch.value * row_bytes, row_bytes, 0};
  return reported;
}

struct Ended {
  ExitStatus status = ExitStatus::completed;
  std::string said;         ///< on stderr
  std::string job_result;   ///< empty: there is none
  bool has_output = false;  ///< under its name
  History ledger;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A run of rank 0 with two played workers and six mini-batches, from the first hand-out to the last line.
class RunPhasesTest : public testing::Test {
 protected:
  Ended run(MasterHarness& h) {
    testing::internal::CaptureStderr();
    Ended ended;
    ended.status = RunPhases(h.phases()).run();
    ended.said = testing::internal::GetCapturedStderr();
    const RunFolder& folder = h.run_folder();
    if (fs::exists(folder.job_result())) ended.job_result = read_file(folder.job_result());
    ended.has_output = fs::exists(folder.output("rows.txt"));
    if (fs::exists(folder.ledger(1))) ended.ledger = h.ledger();
    return ended;
  }
  static void fail_all(MasterHarness& h) {
    h.workers.run = [](int, const Task& task) { return PlayedWorkers::failed(task, "wrong"); };
  }
};

TEST_F(RunPhasesTest, WhatIsDoneIsPutTogetherNamedReportedAndReleased) {
  MasterHarness h(2, 6);
  h.workers.run = [](int, const Task& task) { return with_row(task); };
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::completed);
  ASSERT_TRUE(ended.has_output);
  EXPECT_EQ(fs::file_size(h.run_folder().output("rows.txt")), 6 * row_bytes);
  EXPECT_TRUE(ended.ledger.is_finished);
  EXPECT_TRUE(has(ended.job_result, "completed (exit status 0)")) << ended.job_result;
  EXPECT_TRUE(fs::exists(h.run_folder().processed_mini_batches()));
  EXPECT_TRUE(has(ended.said, "completed")) << ended.said;
  const RunLease next(h.run_folder().lease(), RunLease::Options{});  // at once: nobody holds it
}

TEST_F(RunPhasesTest, WhatTheWorkersWarnOfIsTheRuns) {
  MasterHarness h(2, 6);
  h.workers.run = [](int, const Task& task) {
    auto reported = with_row(task);
    if (task.mini_batch.value > 2) reported.outcome.rows = 5;
    return reported;
  };
  h.workers.failed_shutdowns = 1;
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::completed);
  for (const std::string warning :
       {"run() returned more rows than items in 3 mini-batches; all are written. The first is mini-batch 3, with 5 "
        "rows "
        "for 1 item",
        "shutdown() of the entry script failed in 2 script processes; for the first, process000 on node, see "}) {
    EXPECT_TRUE(has(ended.job_result, warning)) << ended.job_result;
    EXPECT_TRUE(has(ended.said, "prs_mpi: warning: " + warning)) << ended.said;
  }
}

TEST_F(RunPhasesTest, ASummaryHasNoOutputFile) {
  MasterHarness h(2, 6, [](RunConfig& config) { config.parallel.output_action = OutputAction::summary_only; });
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::completed);
  EXPECT_FALSE(ended.has_output);
  EXPECT_TRUE(ended.ledger.is_finished);
}

TEST_F(RunPhasesTest, DamagedRowsRunAgainAndTheResultSaysSo) {
  MasterHarness h(2, 6);
  int tries = 0, parts = 0;
  h.workers.run = [&](int, const Task& task) {
    ++tries;
    return with_row(task);
  };
  h.workers.assemble = [&](int) {
    protocol::Assembled assembled{true, {}};
    if (++parts == 1) assembled.damaged = {{4}, {2}};
    return assembled;
  };
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::completed);
  EXPECT_EQ(tries, 8);
  EXPECT_EQ(h.workers.farms, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_TRUE(ended.has_output);
  EXPECT_TRUE(has(ended.job_result, "the rows of 2 mini-batches were found damaged on disk and were made again"))
      << ended.job_result;
}

TEST_F(RunPhasesTest, AStopIsReportedAndNothingIsNamed) {
  MasterHarness h(2, 6);
  h.workers.run = [&](int, const Task& task) {
    if (task.mini_batch.value == 0) h.transport.signal(SIGUSR1);
    return with_row(task);
  };
  h.workers.keeps = [](int, const Task& task) { return task.mini_batch.value == 5; };
  h.on_rest = [&] { h.transport.advance(std::chrono::seconds(1)); };  // the grace period passes
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::interrupted);
  EXPECT_TRUE(has(ended.job_result, "stopped by SIGUSR1")) << ended.job_result;
  EXPECT_TRUE(has(ended.said, "the same command goes on")) << ended.said;
  EXPECT_FALSE(ended.has_output);
  EXPECT_FALSE(ended.ledger.finishing);
  EXPECT_FALSE(ended.ledger.is_finished);
}

TEST_F(RunPhasesTest, WithoutASucceededItemItHasFailed) {
  MasterHarness h(2, 6, [](RunConfig& config) { config.parallel.error_threshold = -1; });
  fail_all(h);
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::failed);
  EXPECT_FALSE(ended.has_output);
  EXPECT_TRUE(has(ended.said, "ValueError: wrong")) << ended.said;
  EXPECT_TRUE(fs::exists(h.run_folder().failed_items()));
  EXPECT_FALSE(ended.ledger.is_finished) << "another start may retry what failed";
}

TEST_F(RunPhasesTest, ALimitThatIsPassedIsNamedWithItsFigures) {
  MasterHarness h(2, 6, [](RunConfig& config) {
    config.parallel.error_threshold = 1;
    config.parallel.run_max_try = 1;
  });
  h.workers.run_max_try = 1;
  fail_all(h);
  h.workers.keeps = [](int, const Task& task) { return task.mini_batch.value >= 4; };  // so only the limit ends it
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::failed);
  EXPECT_TRUE(has(ended.said, "error_threshold 1")) << ended.said;
  EXPECT_FALSE(has(ended.said, "earlier starts"));
}

TEST_F(RunPhasesTest, OneThatWasPassedBeforeItBeganIsSaidToBe) {
  MasterHarness h(2, 6, [](RunConfig& config) {
    config.parallel.error_threshold = 1;
    config.parallel.run_max_try = 1;
  });
  h.workers.run_max_try = 1;
  fail_all(h);
  h.farm();  // as earlier starts would have left it
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::failed);
  EXPECT_TRUE(
      has(ended.said, "(counted from earlier starts; --retry-failed gives those mini-batches a new set of tries"))
      << ended.said;
}

TEST_F(RunPhasesTest, CountsThatDifferAreAnInternalError) {
  MasterHarness h(2, 6, [](RunConfig& config) { config.parallel.error_threshold = -1; });
  h.workers.run = [](int, const Task& task) {
    return task.mini_batch.value == 3 ? PlayedWorkers::failed(task) : with_row(task);
  };
  h.workers.run_max_try = 100;  // for the workers it is never given up
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::infrastructure);
  EXPECT_TRUE(has(ended.said, "internal error: the last tally round counts")) << ended.said;
  EXPECT_FALSE(ended.has_output);
}

TEST_F(RunPhasesTest, AReportThatCannotBeWrittenLeavesTheRunUnfinished) {
  MasterHarness h(2, 6);
  h.workers.run = [](int, const Task& task) { return with_row(task); };
  fs::create_directories(h.run_folder().job_error() + "/in its place");
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::infrastructure);
  EXPECT_TRUE(has(ended.said, "a report could not be written")) << ended.said;
  EXPECT_TRUE(ended.has_output);
  EXPECT_FALSE(ended.ledger.is_finished) << "the next start writes them";
}

TEST_F(RunPhasesTest, ItDoesNotHideWhyARunEnded) {
  MasterHarness h(2, 6, [](RunConfig& config) { config.parallel.error_threshold = -1; });
  fail_all(h);
  fs::create_directories(h.run_folder().job_error() + "/in its place");
  const Ended ended = run(h);
  EXPECT_EQ(ended.status, ExitStatus::failed);
  EXPECT_TRUE(has(ended.said, "a report could not be written")) << ended.said;
}

TEST_F(RunPhasesTest, WithoutTheLeaseNothingMoreIsWritten) {
  MasterHarness h(2, 6);
  h.workers.run = [](int, const Task& task) { return with_row(task); };
  bool is_gone = false;
  h.on_rest = [&] {
    if (!std::exchange(is_gone, !h.workers.closes.empty()) && is_gone) fs::remove_all(h.run_folder().lease());
  };
  const Ended ended = run(h);
  ASSERT_TRUE(is_gone);
  EXPECT_EQ(ended.status, ExitStatus::infrastructure);
  EXPECT_FALSE(ended.has_output);
  EXPECT_EQ(ended.job_result, "");
  EXPECT_FALSE(ended.ledger.finishing);
  EXPECT_TRUE(has(ended.said, "prs_mpi: stopped by an error")) << ended.said;
}

}  // namespace
}  // namespace prs
