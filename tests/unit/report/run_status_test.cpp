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
  status.result.advice = {"one", "two"};
  status.result.warnings = {"three"};
  status.result.frequent_causes = {"ValueError: no (3 tries)"};
  const std::string text = json_of(status, 1);
  const auto read = run_status_of(text);
  ASSERT_TRUE(read);
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

TEST(RunStatus, AKilledRunSaysTheCommandThatGoesOn) {
  RunStatus status = running();
  status.state = RunStatus::State::killed;
  const std::string text = status_text(status, noon + 3600'000'000'000);
  EXPECT_NE(text.find("State              killed, or its machine is gone: no process of it gives a sign of life (host "
                      "node1, process 4711)\nLast word          59 min 40 s ago\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(
      text.ends_with("\nNext step\n  The same command goes on; what is done is kept.\n"
                     "  cd /home/x && prs_mpi digits.yaml\n"));
}

TEST(RunStatus, ARunThatIsOverSaysWhatItsResultSays) {
  const RunStatus status = ended(ExitStatus::interrupted);
  EXPECT_EQ(status_text(status, noon), job_result_text(status.result));
}

}  // namespace
}  // namespace prs
