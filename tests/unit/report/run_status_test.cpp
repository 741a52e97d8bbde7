#include "report/run_status.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace prs {
namespace {

constexpr std::int64_t noon = 1772366400000000000;

RunStatus running() {
  RunStatus status;
  status.state = RunStatus::State::running;
  status.result.name = "predict-digits";
  status.result.run_folder = "runs/x";
  status.result.command = "cd /home/x && prs_mpi digits.yaml";
  status.result.progress.mini_batches = 100;
  status.result.progress.done = 40;
  status.result.progress.failed = status.result.progress.gave_up = 1;
  status.result.progress.tries = 43;
  status.result.progress.workers = status.result.progress.workers_ready = 8;
  status.result.tally.succeeded_items = 400;
  status.result.tally.failed_items = 10;
  status.pace.per_second = 2;
  status.pace.seconds_left = 29.5;
  status.started_unix_nanoseconds = noon;
  status.updated_unix_nanoseconds = noon + 20'000'000'000;
  status.holder = "host node1, process 4711";
  status.lease = "3-abc";
  return status;
}

RunStatus ended(ExitStatus how) {
  RunStatus status = running();
  status.state = RunStatus::State::ended;
  status.result.status = how;
  return status;
}

TEST(RunStatus, WhatIsWrittenIsRead) {
  RunStatus status = running();
  status.result.cause = "12 failed items exceed error_threshold 10";
  status.result.slicing = {8, 3};
  status.result.may_start_again = true;
  status.launcher = "{}";
  status.result.advice = {"one", "two"};
  status.result.warnings = {"three"};
  status.result.frequent_causes = {"ValueError: no (3 tries)"};
  const std::string text = json_of(status, 1);
  const auto read = run_status_of(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->launcher, status.launcher);
  EXPECT_EQ(json_of(*read, 1), text);
  EXPECT_EQ(read->result.slicing, status.result.slicing);
  EXPECT_EQ(status_text(*read, noon + 30'000'000'000), status_text(status, noon + 30'000'000'000));
}

TEST(RunStatus, EachEndHasAWordAndAnExitStatus) {
  const auto state_of = [](const RunStatus& status) {
    const auto json = nlohmann::json::parse(json_of(status, -1));
    return json.at("state").get<std::string>() + " " + json.at("exit_status").dump();
  };
  EXPECT_EQ(state_of(ended(ExitStatus::completed)), "completed 0");
  EXPECT_EQ(state_of(ended(ExitStatus::failed)), "failed 1");
  EXPECT_EQ(state_of(ended(ExitStatus::infrastructure)), "error 3");
  EXPECT_EQ(state_of(ended(ExitStatus::interrupted)), "interrupted 75");
  EXPECT_EQ(state_of(running()), "running null");
  for (const ExitStatus how : {ExitStatus::completed, ExitStatus::infrastructure, ExitStatus::interrupted})
    EXPECT_EQ(run_status_of(json_of(ended(how), -1))->result.status, how);
}

TEST(RunStatus, WhatIsTornOrOfAnotherVersionIsNotRead) {
  const std::string text = json_of(running(), 1);
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    EXPECT_FALSE(run_status_of(text.substr(0, length))) << length;
  EXPECT_FALSE(run_status_of("[1]"));
  EXPECT_FALSE(run_status_of("{\"version\": 1}"));
  EXPECT_FALSE(run_status_of("{\"version\": 2, \"state\": \"running\"}"));
}

TEST(RunStatus, BytesThatAreNoUtf8AreReplaced) {
  RunStatus status = running();
  status.result.name = "caf\xE9";
  EXPECT_TRUE(run_status_of(json_of(status, 1)));
}

TEST(RunStatus, ARunThatGoesOnSaysHowFarItIs) {
  const std::string text = status_text(running(), noon + 21'000'000'000);
  EXPECT_TRUE(
      text.starts_with("Run                predict-digits\n"
                       "State              running, for 21 s (host node1, process 4711)\n"
                       "Last word          1.0 s ago\n"
                       "Progress           41 / 100 mini-batches over (41.0 %), 1 failed, 2.0/s, "
                       "30 s left, 8 workers\n"))
      << text;
}

nlohmann::json fields_of(const RunStatus& status) {
  return nlohmann::json::parse(json_of(status, -1));
}

TEST(RunStatus, WhereNothingRunsThereIsNoRateAndNoTimeLeft) {
  EXPECT_EQ(fields_of(running())["per_second"], 2.0);
  EXPECT_EQ(fields_of(running())["seconds_left"], 29.5);
  std::vector<RunStatus> others(4, running());
  others[0].state = RunStatus::State::killed;
  others[1].state = RunStatus::State::stopped;
  others[2].state = RunStatus::State::ended;
  others[3].result.progress.assembled.all = 1000;
  for (const RunStatus& status : others) {
    EXPECT_TRUE(fields_of(status)["per_second"].is_null()) << word_of(status);
    EXPECT_TRUE(fields_of(status)["seconds_left"].is_null()) << word_of(status);
  }
}

TEST(RunStatus, WhatNobodyKnowsIsNullAndLeftOut) {
  RunStatus status = running();
  EXPECT_TRUE(fields_of(status)["rows"].is_null()) << "they are counted at the end";
  EXPECT_EQ(status_text(status, noon).find("Rows "), std::string::npos);
  status.state = RunStatus::State::ended;
  status.is_of_ledger = true;
  status.result.rows = 120;
  const nlohmann::json fields = fields_of(status);
  EXPECT_EQ(fields["rows"], 120);
  for (const char* name : {"seconds", "per_second", "workers", "workers_ready", "running", "reused"})
    EXPECT_TRUE(fields[name].is_null()) << name;
  const std::string text = status_text(status, noon);
  EXPECT_NE(text.find("Rows               120\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("Time "), std::string::npos) << text;
  EXPECT_EQ(text.find("Rate "), std::string::npos) << text;
}

TEST(RunStatus, WhereNothingWasTriedThereIsNoRate) {
  RunStatus status = ended(ExitStatus::completed);
  status.result.seconds = 10;
  EXPECT_NE(status_text(status, noon).find("Rate               4.1/s\n"), std::string::npos);
  status.result.progress.tries = 0;
  EXPECT_EQ(status_text(status, noon).find("Rate "), std::string::npos);
}

TEST(RunStatus, FilesThatAreWrittenAtTheEndAreNotNamedBefore) {
  const std::string text = status_text(running(), noon) + job_started_text(running());
  EXPECT_NE(text.find("  script's output  runs/x/logs/user\n"), std::string::npos);
  for (const char* name : {"processed_mini-batches.csv", "failed_items.csv", "job_error.txt"})
    EXPECT_EQ(text.find(name), std::string::npos) << name;
}

TEST(RunStatus, AKilledRunWhoseMiniBatchesAreOverSaysWhatIsLeft) {
  RunStatus status = running();
  status.state = RunStatus::State::killed;
  status.is_process_gone = true;
  status.result.progress.done = 99;
  EXPECT_NE(status_text(status, noon).find("brings the run to its end: all mini-batches are over."), std::string::npos);
  status.result.progress.assembled.all = 1000;
  const std::string text = status_text(status, noon);
  EXPECT_NE(text.find("State              killed: its process is gone (host node1, process 4711)\n"),
            std::string::npos);
  EXPECT_NE(text.find("  The same command puts the rows together: all mini-batches are over. What is done is kept.\n"),
            std::string::npos)
      << text;
}

TEST(RunStatus, AStoppedRunSaysHowItGoesOn) {
  RunStatus status = running();
  status.state = RunStatus::State::stopped;
  status.holder_process = 4711;
  const std::string text = status_text(status, noon);
  EXPECT_NE(text.find("State              stopped (SIGSTOP): its process is there but does not run (host node1, "
                      "process 4711)\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  kill -CONT 4711 lets it go on. Or kill it, and give the same command again;"),
            std::string::npos);
  EXPECT_EQ(watch_line(status, 100), "prs_mpi: stopped (SIGSTOP): its process is there but does not run");
  EXPECT_FALSE(status.is_over()) << "it may be continued";
}

TEST(RunStatus, AJoinedSliceNamesTheFolderOfItsRows) {
  RunStatus status = ended(ExitStatus::completed);
  status.result.slicing = {8, 3};
  EXPECT_NE(status_text(status, noon).find("prs_mpi join"), std::string::npos);
  status.result.joined_in = "/runs/x";
  EXPECT_TRUE(status_text(status, noon).ends_with("\n  None: its rows are joined in /runs/x.\n"));
}

TEST(RunStatus, AKilledRunSaysTheCommandThatGoesOn) {
  RunStatus status = running();
  status.state = RunStatus::State::killed;
  const std::string text = status_text(status, noon + 3600'000'000'000);
  EXPECT_NE(
      text.find("State              killed, stopped, or its machine is gone: no process of it gives a sign of life "
                "(host node1, process 4711)\nLast word          59 min 40 s ago\n"),
      std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with(
      "\nNext step\n  The same command goes on with the 59 mini-batches that are left. What is done is kept.\n"
      "  cd /home/x && prs_mpi digits.yaml\n"));
}

TEST(RunStatus, ARunThatIsOverSaysWhatItsResultSays) {
  const RunStatus status = ended(ExitStatus::interrupted);
  EXPECT_EQ(status_text(status, noon), job_result_text(status.result));
}

}  // namespace
}  // namespace prs
