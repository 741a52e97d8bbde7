#include "farm/failed_items_list.hpp"

#include <filesystem>
#include <iterator>
#include <vector>

#include "output/columns.hpp"
#include "report/tries_file.hpp"
#include "report/try_rows.hpp"
#include "starts_fixture.hpp"
#include "tests/file_size_limit.hpp"
#include "tests/unit/report/csv_parser.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using testing::CsvRecord;

/// Mini-batches of two items each.
class FailedItemsList : public StartsTest {
 protected:
  FailedItemsList() {
    for (std::uint64_t i = 0; i < mini_batches; ++i) write(temporary.file("in/more " + std::to_string(i)), "");
    files_per_mini_batch = 2;
  }
  std::string item(std::uint64_t number) const {
    return temporary.file("in/" + (number < mini_batches ? "" : std::string("more ")) +
                          std::to_string(number % mini_batches));
  }
  static Outcome failed(std::uint64_t mini_batch, std::uint32_t dequeue_count = max_tries) {
    Outcome outcome = StartsTest::failed(mini_batch, dequeue_count);
    outcome.items = 2;
    return outcome;
  }
  static TryRow row_of(const Outcome& outcome, const std::string& category, const std::string& message) {
    TryRow row;
    row.outcome = outcome;
    row.process = "process000";
    row.error_category = category;
    row.error_message = message;
    return row;
  }
  /// A worker's own file.
  void write_tries(std::uint32_t part, const std::vector<TryRow>& rows) const {
    std::string text = text_of(TriesFileHead{"node", "process000"});
    for (const TryRow& row : rows) append_try_row(text, row);
    write(folder.tries(part), text);
  }
  void write_list(const std::vector<MiniBatchIndex>& failed) const {
    write_failed_items(ledgers_of(folder, plan(), ledger(), nullptr), plan(), ledger(), failed);
  }
  /// The list, without its first line.
  std::vector<CsvRecord> list() const {
    auto records = testing::parse_csv(read_file(folder.failed_items()));
    if (!records || records->empty()) return {};
    return {std::next(records->begin()), records->end()};
  }
};

TEST_F(FailedItemsList, EachItemOfWhatWasGivenUpHasTheMessageOfItsOwnLastTry) {
  start([](LedgerWriter& ledger) {
    ledger.error_text(1, {"ValueError", "bad pixel 7", {}});
    for (const std::uint32_t number : {1U, 2U, 3U}) ledger.outcome(failed(1, number), 1);
    ledger.outcome(failed(3), 1);
  });
  write_tries(1, {row_of(failed(1, 1), "ValueError", "bad pixel 7"), row_of(failed(3), "ValueError", "bad pixel 9")});
  write_tries(2, {row_of(failed(1, 3), "ValueError", "bad pixel, \"8\"")});
  write_list({{1}, {3}});
  EXPECT_EQ(list(), (std::vector<CsvRecord>{{"1", item(2), "3", "ValueError", "bad pixel, \"8\""},
                                            {"1", item(3), "3", "ValueError", "bad pixel, \"8\""},
                                            {"3", item(6), "3", "ValueError", "bad pixel 9"},
                                            {"3", item(7), "3", "ValueError", "bad pixel 9"}}));
}

TEST_F(FailedItemsList, WhereTheWorkersFileIsTornOrGoneItsKindsTextInTheLedgerStands) {
  start([](LedgerWriter& ledger) {
    ledger.error_text(1, {"ValueError", "bad pixel 7", {}});
    ledger.outcome(failed(1), 1);
  });
  const CsvRecord own{"1", item(2), "3", "ValueError", "bad pixel 9"};
  const CsvRecord of_kind{"1", item(2), "3", "ValueError", "bad pixel 7"};
  write_tries(1, {row_of(failed(1), "ValueError", "bad pixel 9")});
  write_list({{1}});
  EXPECT_EQ(list().at(0), own);
  fs::resize_file(folder.tries(1), fs::file_size(folder.tries(1)) - 1);
  write_list({{1}});
  EXPECT_EQ(list().at(0), of_kind);
  fs::remove_all(folder.all_tries());
  write_list({{1}});
  EXPECT_EQ(list().at(0), of_kind);
}

TEST_F(FailedItemsList, WithoutAnyTextTheStatusIsNamed) {
  start([](LedgerWriter& ledger) { ledger.outcome(failed(0), 0); });
  write_list({{0}});
  EXPECT_EQ(list().at(0), (CsvRecord{"0", item(0), "3", "RUN_EXCEPTION", ""}));
}

TEST_F(FailedItemsList, AllItemsOfAShortReturnAreListedSinceNobodyKnowsWhich) {
  start([](LedgerWriter& ledger) {
    Outcome outcome = done(2);
    outcome.items = 2;
    ledger.outcome(outcome, 0);
  });
  write_list({{2}});
  const std::string message = "run() returned 1 row for 2 items; which ones failed it does not tell";
  EXPECT_EQ(list(), (std::vector<CsvRecord>{{"2", item(4), "1", "ShortReturn", message},
                                            {"2", item(5), "1", "ShortReturn", message}}));
}

TEST_F(FailedItemsList, OfOtherColumnsTheLedgerKnowsMoreThanTheWorker) {
  const std::string category(column_mismatch_category);
  Outcome overruled = failed(0);
  overruled.status = TryStatus::bad_return;
  start([&](LedgerWriter& ledger) {
    ledger.error_text(1, {category, "columns a,c where the first DataFrame has a,b", {}});
    ledger.outcome(overruled, 1);
  });
  write_tries(1, {row_of(overruled, category, "another set of columns")});
  write_list({{0}});
  EXPECT_EQ(list().at(0).at(4), "columns a,c where the first DataFrame has a,b");
}

TEST_F(FailedItemsList, WhereNothingFailedAnOlderListGoes) {
  start([](LedgerWriter& ledger) { ledger.outcome(done(0), 0); });
  write(folder.failed_items(), "of an earlier start");
  write_list({});
  EXPECT_FALSE(fs::exists(folder.failed_items()));
}

TEST_F(FailedItemsList, OneThatCannotBeWrittenIsToldAndTheOlderOneStays) {
  start([](LedgerWriter& ledger) { ledger.outcome(failed(1), 0); });
  write(folder.failed_items(), "of an earlier start");
  const auto files = [this] { return std::distance(fs::directory_iterator(folder.path), {}); };
  const auto before = files();
  try {
    const FileSizeLimit full(16);
    write_list({{1}});
    ADD_FAILURE() << "the disk was full";
  } catch (const InfrastructureError& error) {
    EXPECT_TRUE(says(error.what(), folder.failed_items()));
  }
  EXPECT_EQ(read_file(folder.failed_items()), "of an earlier start");
  EXPECT_EQ(files(), before) << "nothing is left beside it";
}

TEST_F(FailedItemsList, ALedgerThatIsNotWhatItWasIsAnErrorAndTheOlderListStays) {
  start([](LedgerWriter& ledger) { ledger.outcome(failed(1), 0); });
  write(folder.failed_items(), "of an earlier start");
  const History history = ledger();
  fs::resize_file(folder.ledger(1), fs::file_size(folder.ledger(1)) - 1);
  const std::vector<MiniBatchIndex> given_up{{1}};
  EXPECT_THROW(write_failed_items(ledgers_of(folder, plan(), history, nullptr), plan(), history, given_up),
               InfrastructureError);
  EXPECT_EQ(read_file(folder.failed_items()), "of an earlier start");
}

}  // namespace
}  // namespace prs
