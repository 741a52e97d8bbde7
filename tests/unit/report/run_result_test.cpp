#include "report/run_result.hpp"

#include <gtest/gtest.h>

#include "report/run_status.hpp"

namespace prs {
namespace {

RunResult completed() {
  RunResult result;
  result.progress.mini_batches = result.progress.done = result.progress.tries = 1797;
  result.tally.done = result.tally.succeeded_items = 1797;
  result.rows = 1797;
  result.name = "predict-digits";
  result.run_folder = "runs/x";
  result.output_file = "runs/x/parallel_run_step.txt";
  result.seconds = 2.3;
  return result;
}

RunResult aborted() {
  RunResult result = completed();
  result.status = ExitStatus::failed;
  result.cause = result.verdict = "12 failed items exceed error_threshold 10";
  result.output_file.clear();
  result.progress.done = 1000;
  result.progress.failed = 6;
  result.progress.gave_up = 4;
  result.progress.tries = 1020;
  result.tally.succeeded_items = 1000;
  result.tally.failed_items = 12;
  result.rows = 1000;
  result.frequent_causes = {"ValueError: bad digit (18 tries)", "Timeout: run() took longer than 60 s (2 tries)"};
  result.look_into = "runs/x/logs/job_error.txt";
  return result;
}

TEST(RunResult, TheLastLineOfACompletedRunNamesTheRows) {
  EXPECT_EQ(last_line(completed()),
            "prs_mpi: completed: 1797 mini-batches, 1797 rows in runs/x/parallel_run_step.txt (2.3 s)");
}

TEST(RunResult, TheLastLineOfASummaryNamesTheReport) {
  RunResult result = completed();
  result.output_file.clear();
  EXPECT_EQ(last_line(result),
            "prs_mpi: completed: 1797 mini-batches, 1797 rows counted (2.3 s); see runs/x/logs/job_result.txt");
}

TEST(RunResult, ASliceSaysWhichOneItIsAndWhatComesNext) {
  RunResult result = completed();
  result.output_file.clear();
  result.slicing = {8, 3};
  EXPECT_EQ(last_line(result),
            "prs_mpi: completed: slice 3 of 8: 1797 mini-batches, 1797 rows for the join (2.3 s); see "
            "runs/x/logs/job_result.txt");
  const std::string page = job_result_text(result);
  EXPECT_NE(page.find("predict-digits, slice 3 of 8\n"), std::string::npos) << page;
  EXPECT_NE(page.find("prs_mpi join CONFIG --slices 8"), std::string::npos) << page;
}

TEST(RunResult, AJoinSaysWhereTheSlicesAre) {
  RunResult result = completed();
  result.slicing = {8, 0};
  result.progress.reused = 1797;
  const std::string page = job_result_text(result);
  EXPECT_NE(page.find("done by the slices\n"), std::string::npos) << page;
  EXPECT_NE(page.find("runs/x/.prs/slices/*/logs/user\n"), std::string::npos) << page;
  result = aborted();
  result.slicing = {8, 0};
  EXPECT_NE(job_result_text(result).find("run the slices that failed again"), std::string::npos);
}

TEST(RunResult, TheLastLineOfARunWithToleratedFailuresNamesThem) {
  RunResult result = completed();
  result.progress.done = 1790;
  result.progress.gave_up = result.progress.failed = 7;
  result.tally.failed_items = 7;
  EXPECT_EQ(
      last_line(result),
      "prs_mpi: completed: 1790 of 1797 mini-batches, 1797 rows in runs/x/parallel_run_step.txt (2.3 s); 7 failed "
      "items; see runs/x/failed_items.csv");
}

TEST(RunResult, TheLastLineNamesTheCauseAndTheFile) {
  EXPECT_EQ(last_line(aborted()),
            "prs_mpi: failed: 12 failed items exceed error_threshold 10; see runs/x/logs/job_error.txt");
  RunResult result = aborted();
  result.cause.clear();
  result.look_into.clear();
  EXPECT_EQ(last_line(result),
            "prs_mpi: failed: 12 failed items exceed error_threshold 10; see runs/x/logs/job_error.txt");
  result.status = ExitStatus::interrupted;
  result.cause = "SIGTERM";
  EXPECT_EQ(last_line(result),
            "prs_mpi: interrupted: SIGTERM; 1000 of 1797 mini-batches done, the same command goes on; see "
            "runs/x/logs/job_result.txt");
  result.status = ExitStatus::infrastructure;
  result.cause = "cannot write: runs/x/.prs/part: No space left on device";
  EXPECT_EQ(
      last_line(result),
      "prs_mpi: stopped by an error: cannot write: runs/x/.prs/part: No space left on device; once that is mended, "
      "the same command goes on; see runs/x/logs/job_result.txt");
  result.cause = "no worker is left: rank 1: its process ended; what is done is kept, the same command goes on";
  EXPECT_EQ(last_line(result), "prs_mpi: stopped by an error: " + result.cause + "; see runs/x/logs/job_result.txt");
}

TEST(RunResult, TheLastLineIsOneLineWhateverTheCauseSays) {
  RunResult result = aborted();
  result.cause = "init() failed:\nTraceback\n\x1b[31m" + std::string(100000, 'x');
  const std::string line = last_line(result);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_LT(line.size(), 1000u);
  EXPECT_EQ(line, "prs_mpi: failed: init() failed; see runs/x/logs/job_error.txt");
}

TEST(RunResult, ACauseOfSeveralLinesStandsWholeOnThePage) {
  RunResult result = aborted();
  result.verdict.clear();
  result.cause = "\nno progress: 2 handed out\n  mini-batch 17 at \x1b process003\n\n  mini-batch 18\n";
  EXPECT_EQ(last_line(result), "prs_mpi: failed: no progress: 2 handed out; see runs/x/logs/job_error.txt");
  EXPECT_NE(job_result_text(result).find("Why                no progress: 2 handed out\n"
                                         "    mini-batch 17 at \\x1b process003\n"
                                         "    mini-batch 18\n"
                                         "\n"
                                         "Mini-batches"),
            std::string::npos)
      << job_result_text(result);
}

TEST(RunResult, NothingIsNamedWhereNothingIsThere) {
  RunResult result;
  result.status = ExitStatus::usage;
  EXPECT_EQ(last_line(result), "prs_mpi: not started: no cause is known");
  EXPECT_EQ(frequent_causes_text(result), "");
}

TEST(RunResult, TheFrequentCausesStandOneALine) {
  EXPECT_EQ(frequent_causes_text(aborted()),
            "prs_mpi: most frequent causes:\n"
            "  ValueError: bad digit (18 tries)\n"
            "  Timeout: run() took longer than 60 s (2 tries)\n");
}

TEST(RunResult, APageForACompletedRun) {
  EXPECT_EQ(job_result_text(completed()),
            "Run                predict-digits\n"
            "Ended              completed (exit status 0)\n"
            "\n"
            "Mini-batches       1797\n"
            "  done             1797\n"
            "  failed           0 by their latest try, 0 of them given up\n"
            "Items              1797 succeeded, 0 failed\n"
            "Tries              1797\n"
            "Rows               1797\n"
            "Time               2.3 s\n"
            "Rate               781/s\n"
            "\n"
            "Where to look\n"
            "  rows             runs/x/parallel_run_step.txt\n"
            "  script's output  runs/x/logs/user\n"
            "  every try        runs/x/logs/sys/job_report/processed_mini-batches.csv\n"
            "\n"
            "Next step\n"
            "  None.\n");
}

TEST(RunResult, APageForAnAbortedRun) {
  RunResult result = aborted();
  result.progress.reused = 300;
  result.warnings = {"input digits: 3 files are\nempty"};
  EXPECT_EQ(job_result_text(result),
            "Run                predict-digits\n"
            "Ended              failed (exit status 1)\n"
            "Why                12 failed items exceed error_threshold 10\n"
            "\n"
            "Mini-batches       1797\n"
            "  done             1000\n"
            "  reused           300, done by an earlier start\n"
            "  failed           6 by their latest try, 4 of them given up\n"
            "  not over         793\n"
            "Items              1000 succeeded, 12 failed\n"
            "Tries              1020\n"
            "Rows               1000\n"
            "Time               2.3 s\n"
            "Rate               306/s\n"
            "\n"
            "Most frequent causes\n"
            "  ValueError: bad digit (18 tries)\n"
            "  Timeout: run() took longer than 60 s (2 tries)\n"
            "\n"
            "Warnings\n"
            "  input digits: 3 files are empty\n"
            "\n"
            "Where to look\n"
            "  failed items     runs/x/failed_items.csv\n"
            "  script errors    runs/x/logs/job_error.txt\n"
            "  script's output  runs/x/logs/user\n"
            "  every try        runs/x/logs/sys/job_report/processed_mini-batches.csv\n"
            "\n"
            "Next step\n"
            "  Mend the cause and start the same command with --retry-failed, or start it with other limits; what is "
            "done is kept.\n");
}

TEST(RunResult, TheNextStepFitsTheEnd) {
  RunResult result = aborted();
  const auto ends_with = [&](std::string_view text) { return job_result_text(result).ends_with(text); };
  result.verdict.clear();
  result.cause = "not one item succeeded";
  EXPECT_TRUE(ends_with("with --retry-failed; what is done is kept.\n"));
  result.progress.gave_up = 0;
  EXPECT_TRUE(ends_with("start the same command again; what is done is kept.\n"));
  result.status = ExitStatus::interrupted;
  EXPECT_TRUE(ends_with("it goes on with the 797 mini-batches that are left.\n"));
  result.status = ExitStatus::infrastructure;
  EXPECT_TRUE(ends_with("it goes on; what is done is kept.\n"));
  result.status = ExitStatus::usage;
  EXPECT_TRUE(ends_with("nothing ran.\n"));
  result.status = ExitStatus::completed;
  EXPECT_TRUE(ends_with("ready to be run again.\n"));
}

TEST(RunResult, RowsOfShortReturnsWouldComeTwice) {
  RunResult result = aborted();
  result.status = ExitStatus::completed;
  result.short_items = 8;
  result.output_file = "runs/x/rows.txt";
  const std::string text =
      "ready to be run again. Of a mini-batch that returned fewer rows than items it lists all items, with the Error "
      "Category ShortReturn: running these again gives once more the rows that are in the output already.\n";
  EXPECT_TRUE(job_result_text(result).ends_with(text)) << job_result_text(result);
}

TEST(RunResult, ShortReturnsAreNeverSentToARetry) {
  RunResult result = aborted();
  result.short_items = 8;
  EXPECT_TRUE(job_result_text(result).ends_with("(Short returns are not tried again.)\n"));
  result.progress.gave_up = 0;
  const std::string text = job_result_text(result);
  EXPECT_EQ(text.find("--retry-failed"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("start with --overwrite, or start the same command with other limits: short returns are "
                     "not tried again.\n"))
      << text;
}

TEST(RunResult, TheDescriptionStandsBelowTheName) {
  RunResult result = completed();
  result.description = "all of\nMarch";
  EXPECT_TRUE(
      job_result_text(result).starts_with("Run                predict-digits\nDescription        all of March\n"));
}

TEST(RunResult, APageForARunThatGoesOnSaysWhatAKillMeans) {
  RunStatus status;
  status.result.name = "predict-digits";
  status.result.run_folder = "runs/x";
  status.result.command = "cd /home/x && prs_mpi digits.yaml";
  status.started_unix_nanoseconds = 1772366400000000000;
  status.holder = "host node1, process 4711";
  const std::string text = job_started_text(status);
  EXPECT_TRUE(
      text.starts_with("Run                predict-digits\n"
                       "Ended              not yet; started 2026-03-01T12:00:00Z (host node1, process 4711)\n"))
      << text;
  EXPECT_TRUE(
      text.ends_with("If no process of it is alive, it was killed: the same command goes on; what is done is kept.\n"
                     "  cd /home/x && prs_mpi digits.yaml\n"));
}

TEST(RunResult, AdviceStandsBelowTheFigures) {
  RunResult result = completed();
  result.advice = {"a larger mini_batch_size would be faster"};
  EXPECT_NE(job_result_text(result).find("\nAdvice\n  a larger mini_batch_size would be faster\n\nWhere to look\n"),
            std::string::npos);
}

TEST(RunResult, TheCommandThatGoesOnHasTheOptionThatTheNextStepNames) {
  RunResult result = aborted();
  result.command = "cd /x && prs_mpi c.yaml";
  EXPECT_TRUE(job_result_text(result).ends_with("\n  cd /x && prs_mpi c.yaml --retry-failed\n"));
  result.status = ExitStatus::interrupted;
  EXPECT_TRUE(job_result_text(result).ends_with("\n  cd /x && prs_mpi c.yaml\n"));
  EXPECT_EQ(job_result_text(completed()).find("prs_mpi c.yaml"), std::string::npos);
}

TEST(RunResult, AVerdictBesideAnotherCauseIsNamedToo) {
  RunResult result = aborted();
  result.cause = "aborted";
  const std::string text = job_result_text(result);
  EXPECT_NE(text.find("Why                aborted\nLimit passed       12 failed items"), std::string::npos) << text;
}

}  // namespace
}  // namespace prs
