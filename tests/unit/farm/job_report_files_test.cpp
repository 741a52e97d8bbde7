#include "farm/job_report_files.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "report/tries_file.hpp"
#include "report/try_rows.hpp"
#include "starts_fixture.hpp"
#include "tests/unit/report/csv_parser.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using testing::CsvRecord;

/// The second worker has done mini-batches 0 and 1, and of 2 its last try failed.
class JobReportFiles : public StartsTest {
 protected:
  static constexpr std::uint32_t part = 2;

  static Outcome done(std::uint64_t mini_batch) {
    Outcome outcome = StartsTest::done(mini_batch);
    outcome.stretch.part = part;
    return outcome;
  }
  void run() const {
    start([](LedgerWriter& ledger) {
      ledger.outcome(done(0), 0);
      ledger.outcome(done(1), 0);
      ledger.error_text(1, {"ValueError", "bad pixel", {}});
      ledger.outcome(failed(2), 1);
    });
  }
  /// The worker's own file has rows of these.
  void write_tries(const std::vector<Outcome>& outcomes) const {
    std::string text = text_of(TriesFileHead{"node7", "process001"});
    for (const Outcome& outcome : outcomes) {
      TryRow row;
      row.outcome = outcome;
      row.process = "process001";
      append_try_row(text, row);
    }
    write(folder.tries(part), text);
  }
  void report() const {
    write_job_report(ledgers_of(folder, plan(), ledger(), nullptr), plan(), ledger(), [] {});
  }
  /// Mini-batch, process and status of each row, in order.
  std::vector<CsvRecord> rows() const {
    std::vector<CsvRecord> found;
    const auto records = testing::parse_csv(read_file(folder.processed_mini_batches()));
    if (!records || records->empty()) return {};
    const CsvRecord& head = records->front();
    const auto column = [&](const char* name) {
      return static_cast<std::size_t>(std::find(head.begin(), head.end(), name) - head.begin());
    };
    for (std::size_t i = 1; i < records->size(); ++i) {
      const CsvRecord& record = (*records)[i];
      found.push_back({record.at(column("Mini-batch Id")), record.at(column("Process")), record.at(column("Status"))});
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  const std::vector<CsvRecord> all = {
      {"0", "process001", "RUN_DONE"}, {"1", "process001", "RUN_DONE"}, {"2", "process001", "RUN_EXCEPTION"}};
};

TEST_F(JobReportFiles, EveryTryHasTheRowThatItsWorkerWrote) {
  run();
  write_tries({done(0), done(1), failed(2)});
  report();
  EXPECT_EQ(rows(), all);
}

TEST_F(JobReportFiles, WhatAKilledWorkerDidNotWriteIsAddedFromTheLedger) {
  run();
  write_tries({done(0)});
  report();
  const std::vector<CsvRecord> known = {
      {"0", "process001", "RUN_DONE"}, {"1", "process001", "RUN_DONE"}, {"2", "", "RUN_EXCEPTION"}};
  EXPECT_EQ(rows(), known) << "who ran it is known by its part only";
  EXPECT_TRUE(says(read_file(folder.processed_mini_batches()), "bad pixel"));
}

TEST_F(JobReportFiles, SoIsARowThatIsTornAtAnyByte) {
  run();
  write_tries({done(0), failed(2), done(1)});
  const std::string whole = read_file(folder.tries(part));
  const std::size_t last_row = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t length = last_row; length < whole.size(); ++length) {
    write(folder.tries(part), whole.substr(0, length));
    report();
    EXPECT_EQ(rows(), all) << length;
  }
}

TEST_F(JobReportFiles, EachOfThemIsWrittenOnlyWhileTheFolderIsOurs) {
  run();
  write_tries({done(0)});
  const std::vector<std::string> files = {folder.processed_mini_batches(), folder.process_summary(),
                                          folder.node_summary()};
  for (std::size_t allowed = 0; allowed <= files.size(); ++allowed) {
    for (const std::string& file : files) fs::remove(file);
    std::size_t asked = 0;
    const auto before_each = [&] {
      if (asked++ == allowed) throw InfrastructureError("the lease is lost");
    };
    if (allowed < files.size())
      EXPECT_THROW(write_job_report(ledgers_of(folder, plan(), ledger(), nullptr), plan(), ledger(), before_each),
                   InfrastructureError);
    else
      write_job_report(ledgers_of(folder, plan(), ledger(), nullptr), plan(), ledger(), before_each);
    for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(fs::exists(files[i]), i < allowed) << files[i];
  }
  EXPECT_TRUE(says(read_file(folder.process_summary()), "process001"));
  EXPECT_TRUE(says(read_file(folder.node_summary()), "node7"));
}

}  // namespace
}  // namespace prs
