#include "report/run_page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "report/ended_text.hpp"
#include "report/html.hpp"
#include "report/overview_file.hpp"
#include "report/page_data.hpp"
#include "report/page_words.hpp"
#include "report/progress_line.hpp"
#include "report/run_result.hpp"
#include "report/run_status.hpp"
#include "report/tracebacks.hpp"
#include "report/try_rows.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

constexpr std::int64_t begun = 1'772'366'400'000'000;  // 2026-03-01T12:00:00Z
constexpr std::string_view attack = "</script><script>alert(1)</script><!-- \" onload='x' &amp; {{data}} ";

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

/// A run folder with two workers' files, in which all that users' scripts can say is an attack on the page.
class Sample {
 public:
  Sample() : folder_{files_.file("run")} {
    make_folders(folder_.all_tries());
    make_folders(folder_.logs() + "/sys");
    make_folders(folder_.user_logs() + "/error/node1");
    RunResult result;
    result.name = std::string("tiles ") + std::string(attack);
    result.run_folder = folder_.path;
    result.status = ExitStatus::failed;
    result.cause = std::string(attack);
    result.warnings = {std::string(attack)};
    result.advice = {"a <larger> mini_batch_size"};
    result.command = "prs_mpi config.yaml --set environment_variables={PASSWORD: x}";
    write_file_atomically(folder_.job_result(), job_result_text(result));
    Progress progress;
    progress.mini_batches = 20;
    progress.done = 12;
    progress.failed_items = 3;
    progress.workers = progress.workers_ready = 2;
    write_file_atomically(folder_.progress_overview("x"),
                          overview_header(begun * 1000) +
                              overview_line(progress, {2.5, {}, 4, false}, begun * 1000 + 4) +
                              overview_line(progress, {2.5, {}, 10, true}, begun * 1000 + 10));
    write_file_atomically(folder_.understood_config(), config_heading("/my runs/config.yaml") + std::string(attack));
    for (std::uint32_t worker = 0; worker < 2; ++worker) write_tries(worker);
    write_file_atomically(folder_.user_error("node1", "process000"),
                          "2026-03-01T12:00:02.000Z mini-batch 1, try 1, RUN_EXCEPTION: x\nTraceback " +
                              std::string(attack) +
                              "\n  line 3\n2026-03-01T12:00:03.000Z mini-batch 2, try 1, X: y\nother\n");
  }
  const RunFolder& folder() const { return folder_; }
  std::vector<std::string> tries() const { return {folder_.tries(1), folder_.tries(2)}; }

 private:
  void write_tries(std::uint32_t worker) {
    const std::string process = worker == 0 ? "process000" : "process001";
    std::string text = text_of(TriesFileHead{"node1", process});
    for (std::uint64_t i = 0; i < 4; ++i) {
      TryRow row;
      row.outcome = {{2 * i + worker}, 1, i % 2 == 0 ? TryStatus::run_done : TryStatus::run_exception, 4, 0, 0, {}};
      if (row.outcome.is_done()) row.outcome.succeeded = 4;
      row.outcome.mini_batch.value = worker == 0 && i == 1 ? 1 : 10 * i + worker;
      row.process = process;
      row.run_seconds = row.process_seconds = 1.5;
      row.ended_unix_microseconds = begun + static_cast<std::int64_t>(i + 1) * 2'000'000;
      row.first_item = std::string(attack);
      if (!row.outcome.is_done()) row.error_category = std::string(attack);
      append_try_row(text, row);
    }
    write_file_atomically(folder_.tries(worker + 1), text);
  }

  TemporaryFolder files_;
  RunFolder folder_;
};

TEST(RunPage, NothingThatAUserSaysBecomesMarkup) {
  const Sample run;
  RunFigures figures(run.folder());
  figures.read(run.tries());
  const std::string page = run_page(figures, 0);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("onload='x'"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = page.find("</script", at)) != std::string::npos; ++at) ++ends;
  EXPECT_EQ(ends, 3U) << "the data, Chart.js and the page's own script";
  EXPECT_EQ(page.find("{{", 0), page.find("{{data}}")) << "only what the user wrote so";
  const auto data = nlohmann::json::parse(between(page, "id=\"run-data\">", "</script>"), nullptr, false);
  ASSERT_FALSE(data.is_discarded());
  EXPECT_EQ(data["lanes"]["names"].size(), 2U);
}

TEST(RunPage, HasTheNumbersWithoutScripts) {
  const Sample run;
  RunFigures figures(run.folder());
  figures.read(run.tries());
  const std::string page = run_page(figures, 0);
  for (const char* text : {"12 of 20 mini-batches done", "3 items failed", "RUN_EXCEPTION 4", "process001", "1.50 s",
                           "prs_mpi try &#39;/my runs/config.yaml&#39; --mini-batch 1</code>", "Traceback", "  line 3",
                           "Advice: a &lt;larger&gt; mini_batch_size"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
  EXPECT_EQ(page.find("PASSWORD"), std::string::npos) << "the command may have what is not for others";
  EXPECT_NE(run_summary(figures).find("advice         a <larger> mini_batch_size\n"), std::string::npos);
  EXPECT_EQ(page.find("http-equiv=\"refresh\""), std::string::npos);
  EXPECT_NE(run_page(figures, 30).find("<meta http-equiv=\"refresh\" content=\"30\">"), std::string::npos);
}

TEST(RunPage, TheTimeOfAllWorkersIsSharedOut) {
  const Sample run;
  RunFigures figures(run.folder());
  figures.read(run.tries());
  const TimeSpent spent = figures.time_spent();
  EXPECT_NEAR(spent.total, 20, 1e-6);
  EXPECT_NEAR(spent.running, 12, 1e-6);
  EXPECT_NEAR(spent.starting, 1, 1e-6);
  EXPECT_NEAR(spent.waiting, 3, 1e-6);
  EXPECT_NEAR(spent.closing, 4, 1e-6);
  double sum = 0;
  for (const NamedTime& part : parts_of(spent)) sum += part.seconds;
  EXPECT_NEAR(sum, spent.total, 1e-6);
}

TEST(RunPage, OnlyAStartThatEndedHasClosed) {
  const Sample run;
  write_file_atomically(run.folder().job_result(), "Run                x\nEnded              not yet; started then\n");
  RunFigures figures(run.folder());
  figures.read(run.tries());
  const TimeSpent spent = figures.time_spent();
  EXPECT_EQ(spent.closing, 0);
  EXPECT_EQ(spent.tail, 0);
  EXPECT_NEAR(spent.total, 16, 1e-6) << "what its workers did last is not known";
  EXPECT_NEAR(spent.waiting, 3, 1e-6);
}

TEST(RunPage, TriesOfARunThatHasNotEndedAreReadLaterThanItsCounts) {
  const Sample run;
  write_file_atomically(run.folder().job_result(), "Run                x\nEnded              not yet; started then\n");
  RunFigures figures(run.folder());
  figures.read(run.tries());
  EXPECT_NE(run_summary(figures).find("tries          8 (read later than the counts above), of them again 0"),
            std::string::npos)
      << run_summary(figures);
}

TEST(RunPage, AnEmptyRunFolderHasAPage) {
  const TemporaryFolder files;
  RunFigures figures(RunFolder{files.file("none")});
  figures.read({});
  figures.read_table(true);
  EXPECT_NE(run_page(figures, 0).find("Not ended"), std::string::npos);
  EXPECT_NE(run_summary(figures).find("0 of 0 mini-batches done"), std::string::npos);
}

TEST(RunPage, TheRateIsThatOfTheSecondsBefore) {
  const TemporaryFolder files;
  const RunFolder folder{files.file("run")};
  make_folders(folder.logs());
  std::string text = overview_header(begun * 1000);
  const auto add = [&](std::uint64_t done, double elapsed_seconds) {
    Progress progress;
    progress.mini_batches = 50;
    progress.done = done;
    text += overview_line(progress, {99, {}, elapsed_seconds, false}, begun * 1000);
  };
  add(0, 0);
  add(30, 1);
  add(40, 2);
  add(41, 2.1);  // soon after the one before, as the last line is
  add(41, 4);
  write_file_atomically(folder.progress_overview("x"), text);
  RunFigures figures(folder);
  figures.read({});
  EXPECT_EQ(nlohmann::json::parse(page_data(figures, 0))["progress"]["rate"].dump(), "[0.0,30.0,10.0,10.0,0.0]");
}

TEST(RunPage, TheSummaryIsPlainTextForATerminal) {
  const Sample run;
  RunFigures figures(run.folder());
  figures.read(run.tries());
  const std::string text = run_summary(figures);
  EXPECT_NE(text.find("Failed. "), std::string::npos);
  EXPECT_NE(text.find("prs_mpi try '/my runs/config.yaml' --mini-batch 1"), std::string::npos);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c != 0x7f)) << text;
}

TEST(Html, AnyTextIsValidUtf8WithoutMarkup) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const std::string html = html_of(testing::hostile_text(random, 12));
    EXPECT_EQ(html.find_first_of("<>\"'"), std::string::npos);
    EXPECT_NO_THROW(nlohmann::json(html).dump());  // which refuses what is no UTF-8
  }
}

TEST(Html, JsonInAPageStaysTheSameJson) {
  const nlohmann::json json = {{"a", "</script><!--"}, {"b", "&amp; \\u003c"}, {"c", {1, 2.5, nullptr}}};
  const std::string text = json_in_html(json.dump());
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text), json);
}

TEST(OverviewFile, IsReadAsItIsWritten) {
  Progress progress;
  progress.mini_batches = 100;
  progress.done = 41;
  progress.gave_up = 2;
  progress.failed = 3;
  progress.failed_items = 20;
  progress.workers = 8;
  progress.workers_ready = 7;
  progress.tries = 50;
  const std::string text = overview_header(begun * 1000 + 125'000'000) +
                           overview_line(progress, {7.25, 8.0, 12.5, false}, begun * 1000) +
                           overview_line({}, {}, begun * 1000);
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_LE(overview_of(text.substr(0, cut)).size(), 1U);
  const auto starts = overview_of(text + overview_header(begun * 1000) + "torn line");
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[0].started_unix_microseconds, begun + 125'000);
  ASSERT_EQ(starts[0].points.size(), 2U);
  const OverviewPoint& point = starts[0].points[0];
  EXPECT_DOUBLE_EQ(point.elapsed_seconds, 12.5);
  EXPECT_EQ(point.progress.done, 41U);
  EXPECT_EQ(point.progress.gave_up, 2U);
  EXPECT_EQ(point.progress.failed_items, 20U);
  EXPECT_EQ(point.progress.workers_ready, 7U);
  EXPECT_TRUE(starts[1].points.empty());
}

TEST(EndedText, IsReadAsItIsWritten) {
  RunResult result;
  result.name = "predict  digits";
  result.description = "one line";
  result.cause = "the limit was passed";
  result.status = ExitStatus::failed;
  result.warnings = {"a warning", "another one"};
  result.advice = {"a larger mini_batch_size would be faster"};
  result.command = "cd /x && prs_mpi c.yaml";
  const EndedText text = ended_text_of(job_result_text(result));
  EXPECT_EQ(text.description, "one line");
  EXPECT_EQ(text.ended, "failed (exit status 1)");
  EXPECT_EQ(text.why, "the limit was passed");
  EXPECT_EQ(text.warnings, (std::vector<std::string>{"a warning", "another one"}));
  EXPECT_EQ(text.advice, result.advice);
  EXPECT_TRUE(text.next_step.starts_with("Mend the cause"));
  EXPECT_EQ(text.next_step.find(result.command), std::string::npos);
  EXPECT_TRUE(text.has_ended());
  RunStatus status;
  status.result = result;
  status.started_unix_nanoseconds = begun * 1000;
  EXPECT_FALSE(ended_text_of(job_started_text(status)).has_ended());
}

TEST(Tracebacks, AreThoseOfThatTry) {
  const Sample run;
  const std::string file = run.folder().user_error("node1", "process000");
  EXPECT_EQ(find_traceback(file, 1, 1), "Traceback " + std::string(attack) + "\n  line 3");
  EXPECT_EQ(find_traceback(file, 2, 1), "other");
  EXPECT_EQ(find_traceback(file, 1, 2), "");
  EXPECT_EQ(find_traceback(file + ".gone", 1, 1), "");
}

TEST(PageWords, TimesAndParts) {
  EXPECT_EQ(fine_duration(0), "0 us");
  EXPECT_EQ(fine_duration(999), "999 us");
  EXPECT_EQ(fine_duration(1500), "1.50 ms");
  EXPECT_EQ(fine_duration(999'499), "999 ms");
  EXPECT_EQ(fine_duration(999'500), "1.00 s");
  EXPECT_EQ(fine_duration(59'999'999), "60.0 s");
  EXPECT_EQ(fine_duration(200'000'000), "3 min 20 s");
  EXPECT_EQ(part_text(1, 0), "0 %");
  EXPECT_EQ(part_text(62.4, 100), "62 %");
}

}  // namespace
}  // namespace prs
