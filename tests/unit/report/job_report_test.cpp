#include "report/job_report.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "csv_parser.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

using testing::CsvRecord;
using testing::parse_csv;

std::string header() {
  return std::string(try_row_header());
}

/// The report of these files, complete.
ProcessSummaries join(const std::vector<std::string>& files, const std::string& path) {
  JobReport report(path);
  for (const std::string& file : files) report.add_file(file);
  report.finish();
  return report.summaries();
}

TryRow row_of(std::uint64_t mini_batch, TryStatus status, std::int64_t host_started_seconds) {
  TryRow row;
  row.outcome = {{mini_batch}, 1, status, 4, status == TryStatus::run_done ? 3U : 0U, 3, {}};
  row.process = "process007";
  row.process_started_unix_nanoseconds = host_started_seconds * 1'000'000'000;
  row.elapsed_seconds = 2;
  row.process_seconds = 1.5;
  row.run_seconds = 0.000001;
  return row;
}

std::string text_of(const std::vector<TryRow>& rows) {
  std::string text;
  for (const TryRow& row : rows) append_try_row(text, row);
  return text;
}

TEST(TrySums, WaitsBehindOneAnotherAreNotAddedUp) {
  constexpr std::uint64_t second = 1'000'000;
  TrySums sums;
  TryLine line;
  // Ten mini-batches came at once, and each ran for a second.
  for (std::uint64_t i = 1; i <= 10; ++i) {
    line.elapsed_microseconds = i * second;
    line.process_microseconds = second;
    line.ended_unix_microseconds = static_cast<std::int64_t>((1000 + i) * second);
    sums.add(line);
  }
  EXPECT_EQ(sums.elapsed_microseconds, 10 * second);
  line.elapsed_microseconds = 2 * second;  // after a pause of 90 s
  line.ended_unix_microseconds = static_cast<std::int64_t>(1100 * second);
  sums.add(line);
  EXPECT_EQ(sums.elapsed_microseconds, 12 * second);
  line.ended_unix_microseconds = 0;  // an older program's
  sums.add(line);
  EXPECT_EQ(sums.elapsed_microseconds, 13 * second);
  EXPECT_EQ(sums.process_microseconds, 12 * second);
}

/// The record of the table that begins with these fields, by column.
std::map<std::string, std::string> record_of(const std::string& table, const CsvRecord& begin) {
  const auto records = parse_csv(table);
  std::map<std::string, std::string> found;
  if (!records || records->empty()) return found;
  for (const CsvRecord& record : *records) {
    if (!std::equal(begin.begin(), begin.end(), record.begin())) continue;
    for (std::size_t i = 0; i < record.size(); ++i) found[records->front()[i]] = record[i];
  }
  return found;
}

TEST(JobReport, FilesFollowOneAnotherBelowTheHeaderWithoutTheirHeads) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("1"), text_of(TriesFileHead{"node1", "process000"}) + "1,a\n3,a\n");
  write_file_atomically(folder.file("2"), "2,b\n");
  write_file_atomically(folder.file("4"), "");
  write_file_atomically(folder.file("5"), text_of(TriesFileHead{"node1", "process001"}));
  join({folder.file("1"), folder.file("2"), folder.file("missing"), folder.file("4"), folder.file("5")},
       folder.file("deep/er/all.csv"));
  EXPECT_EQ(read_file(folder.file("deep/er/all.csv")), header() + "1,a\n3,a\n2,b\n");
  EXPECT_FALSE(std::filesystem::exists(folder.file("deep/er/all.csv.part")));
}

TEST(JobReport, NoFilesGiveTheHeaderAlone) {
  const TemporaryFolder folder;
  join({}, folder.file("all.csv"));
  EXPECT_EQ(read_file(folder.file("all.csv")), header());
}

TEST(JobReport, ATornLastLineIsLeftOutWhereverItIsTorn) {
  const TemporaryFolder folder;
  const std::string head = text_of(TriesFileHead{"node1", "process000"});
  const std::string lines = "1,first\n2,second\n3,third\n";
  for (std::size_t bytes = 0; bytes <= head.size() + lines.size(); ++bytes) {
    const std::string torn = (head + lines).substr(0, bytes);
    write_file_atomically(folder.file("torn"), torn);
    write_file_atomically(folder.file("whole"), "9,z\n");
    join({folder.file("torn"), folder.file("whole")}, folder.file("all.csv"));
    const std::size_t end = torn.rfind('\n');
    const std::string whole = end == std::string::npos ? "" : torn.substr(head.size(), end + 1 - head.size());
    ASSERT_EQ(read_file(folder.file("all.csv")), header() + whole + "9,z\n") << bytes;
  }
}

TEST(JobReport, FilesLargerThanABlockComeThroughWhole) {
  const TemporaryFolder folder;
  std::string large;
  std::uint64_t rows = 0;
  for (; large.size() < (5 << 20); ++rows) append_try_row(large, row_of(rows, TryStatus::run_done, 1));
  const std::string torn(3 << 20, 'x');
  write_file_atomically(folder.file("1"), text_of(TriesFileHead{"n", "p"}) + large + torn);
  write_file_atomically(folder.file("2"), torn);
  write_file_atomically(folder.file("3"), large);
  ProcessSummaries summaries = join({folder.file("1"), folder.file("2"), folder.file("3")}, folder.file("all.csv"));
  EXPECT_TRUE(read_file(folder.file("all.csv")) == header() + large + large);
  EXPECT_EQ(summaries.of("n", "p").tries, rows);
  EXPECT_EQ(summaries.of("", "process007").tries, rows) << "a file of an older program has no head";
}

TEST(JobReport, AnOlderFileIsReplacedWhole) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("all.csv"), std::string(100000, 'o'));
  join({}, folder.file("all.csv"));
  EXPECT_EQ(read_file(folder.file("all.csv")), header());
}

TEST(JobReport, AFileThatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("folder"));
  write_file_atomically(folder.file("file"), "x\n");
  EXPECT_THROW(join({folder.file("folder")}, folder.file("all.csv")), InfrastructureError);
  EXPECT_THROW(join({}, folder.file("file/all.csv")), InfrastructureError);
  EXPECT_FALSE(std::filesystem::exists(folder.file("all.csv")));
}

TEST(JobReport, TheTablesSumUpEachProcessAndEachNode) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("1"),
                        text_of(TriesFileHead{"node,1", "process000"}) +
                            text_of({row_of(1, TryStatus::run_done, 100), row_of(2, TryStatus::run_timeout, 100),
                                     row_of(2, TryStatus::run_done, 200)}));
  write_file_atomically(folder.file("2"), text_of(TriesFileHead{"node,1", "process001"}));
  write_file_atomically(folder.file("3"), text_of(TriesFileHead{"node,1", "process000"}) +
                                              text_of({row_of(3, TryStatus::run_done, 300)}));
  JobReport report(folder.file("all.csv"));
  EXPECT_EQ(report.add_file(folder.file("1"))->node, "node,1");
  report.add_file(folder.file("2"));
  report.add_file(folder.file("3"));
  TryRow lost = row_of(4, TryStatus::worker_lost, 0);
  lost.process = "";
  lost.is_measured = false;
  report.add_row(lost, "");
  report.finish();
  EXPECT_EQ(report.rows(), 5U);
  EXPECT_EQ(parse_csv(read_file(folder.file("all.csv")))->size(), 6U);

  auto process = record_of(report.summaries().process_table(), {"node,1", "process000"});
  EXPECT_FALSE(process["Last Row Time"].empty());
  process.erase("Last Row Time");
  EXPECT_EQ(process, (std::map<std::string, std::string>{{"Node", "node,1"},
                                                         {"Process", "process000"},
                                                         {"Process Starts", "3"},
                                                         {"First Process Start Time", "1970-01-01T00:01:40.000Z"},
                                                         {"Tries", "4"},
                                                         {"Succeeded Tries", "3"},
                                                         {"Failed Tries", "1"},
                                                         {"Items", "16"},
                                                         {"Succeeded Items", "9"},
                                                         {"Failed Items", "7"},
                                                         {"Elapsed Seconds", "6.000000"},  // its lines tell no ends
                                                         {"Process Seconds", "6.000000"},
                                                         {"Run Method Seconds", "0.000004"}}));
  process = record_of(report.summaries().process_table(), {"node,1", "process001"});
  EXPECT_EQ(process["Tries"], "0") << "it did nothing, and is listed";
  EXPECT_EQ(process["Last Row Time"], "");
  process = record_of(report.summaries().process_table(), {"", ""});
  EXPECT_EQ(process["Failed Tries"], "1");
  auto node = record_of(report.summaries().node_table(), {"node,1"});
  EXPECT_EQ(node["Processes"], "2");
  EXPECT_EQ(node["Tries"], "4");
  EXPECT_EQ(record_of(report.summaries().node_table(), {"", "0"})["Failed Tries"], "1");
}

TEST(TriesFile, ALineComesBackAsItWasWritten) {
  TryRow row = row_of(123456789012, TryStatus::bad_return, 1772366400);
  row.outcome.dequeue_count = 7;
  row.elapsed_seconds = 12.345678;
  row.run_seconds = 1e12;
  row.error_category = "a,b";
  row.error_message = "say \"x\"";
  std::string text = text_of({row});
  row.is_measured = false;
  text += text_of({row}) + "\n9,z\n";
  std::string_view lines = text;
  const auto first = take_try_line(lines);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->outcome.mini_batch.value, 123456789012U);
  EXPECT_EQ(first->outcome.dequeue_count, 7U);
  EXPECT_EQ(first->outcome.status, TryStatus::bad_return);
  EXPECT_EQ(first->outcome.items, 4U);
  EXPECT_EQ(first->outcome.succeeded, 0U);
  EXPECT_EQ(first->process, "process007");
  EXPECT_EQ(first->process_started, "2026-03-01T12:00:00.000Z");
  EXPECT_EQ(first->elapsed_microseconds, 12345678U);
  EXPECT_EQ(first->process_microseconds, 1500000U);
  EXPECT_EQ(first->run_microseconds, 1000000000000000000U);
  const auto unmeasured = take_try_line(lines);
  ASSERT_TRUE(unmeasured);
  EXPECT_EQ(unmeasured->elapsed_microseconds, 0U);
  EXPECT_EQ(unmeasured->outcome.status, TryStatus::bad_return);
  EXPECT_FALSE(take_try_line(lines));
  EXPECT_FALSE(take_try_line(lines));
  EXPECT_TRUE(lines.empty());
}

TEST(TriesFile, ALineThatIsCutAnywhereIsNone) {
  const std::string text = text_of({row_of(1, TryStatus::run_done, 5)});
  const std::size_t end_of_status = text.find("RUN_DONE") + 9;
  for (std::size_t bytes = 0; bytes < end_of_status; ++bytes) {
    const std::string cut = text.substr(0, bytes) + "\n";
    std::string_view lines = cut;
    EXPECT_FALSE(take_try_line(lines)) << bytes;
    EXPECT_TRUE(lines.empty());
  }
}

}  // namespace
}  // namespace prs
