#include "report/tries_figures.hpp"

#include <gtest/gtest.h>

#include "report/try_rows.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

constexpr std::int64_t begun = 1'772'366'400'000'000;  // 2026-03-01T12:00:00Z

/// One worker's tries as it writes them, a second after the other.
class Worker {
 public:
  Worker(const std::string& node, std::string process) : process_(std::move(process)) {
    text_ = text_of(TriesFileHead{node, process_});
  }
  Worker& tries(std::uint64_t mini_batch, std::uint32_t number, TryStatus status, double run_seconds,
                const std::string& message = {}) {
    TryRow row;
    row.outcome = {{mini_batch}, number, status, 4, status == TryStatus::run_done ? 4U : 0U, 4, {}};
    row.process = process_;
    row.process_started_unix_nanoseconds = begun * 1000;
    row.run_seconds = run_seconds;
    row.process_seconds = run_seconds + 0.1;
    row.elapsed_seconds = run_seconds + 0.2;
    now_ += static_cast<std::int64_t>((row.process_seconds + 0.4) * 1e6);
    row.ended_unix_microseconds = has_ends ? begun + now_ : 0;
    row.first_item = "/data/" + std::to_string(mini_batch);
    row.last_item = "/data/</script>";
    if (status != TryStatus::run_done) row.error_category = "ValueError";
    row.error_message = message;
    append_try_row(text_, row);
    return *this;
  }
  const std::string& text() const { return text_; }
  bool has_ends = true;

 private:
  std::string process_, text_;
  std::int64_t now_ = 0;
};

struct Figures {
  TemporaryFolder folder;
  RunClock clock;
  TriesFigures tries{clock};
  Figures() { clock.set_starts({{begun, 10'000'000, 0}}); }
  void read(const std::string& name, const std::string& text) {
    write_file_atomically(folder.file(name), text);
    tries.read(folder.file(name));
  }
};

TEST(TriesFigures, SumsTimesAndPicks) {
  Figures f;
  Worker one("node1", "process000"), two("node2", "process001");
  one.tries(0, 1, TryStatus::run_done, 1).tries(2, 1, TryStatus::run_exception, 0.5, "bad 7");
  two.tries(1, 1, TryStatus::run_done, 2).tries(2, 2, TryStatus::run_done, 3);
  f.read("1", one.text());
  f.read("2", two.text());
  EXPECT_EQ(f.tries.tries(), 4U);
  EXPECT_EQ(f.tries.tries_with(TryStatus::run_exception), 1U);
  EXPECT_EQ(f.tries.picks()[0].tries, 3U);
  EXPECT_EQ(f.tries.picks()[0].done, 2U);
  EXPECT_EQ(f.tries.picks()[1].done, 1U);
  ASSERT_EQ(f.tries.lanes().size(), 2U);
  EXPECT_EQ(f.tries.lanes()[0].node, "node1");
  EXPECT_EQ(f.tries.lanes()[0].failed_tries, 1U);
  EXPECT_EQ(f.tries.lanes()[1].run_microseconds, 5'000'000U);
  EXPECT_EQ(f.tries.run_times().longest(), 3'000'000U);
  ASSERT_EQ(f.tries.slowest().size(), 4U);
  EXPECT_EQ(f.tries.slowest()[0].mini_batch, 2U);
  EXPECT_EQ(f.tries.slowest()[0].last_item, "/data/</script>");
}

TEST(TriesFigures, BarsLieWhereTheTriesRan) {
  Figures f;
  f.read("1",
         Worker("node1", "process000").tries(7, 1, TryStatus::run_done, 1).tries(8, 1, TryStatus::run_done, 1).text());
  ASSERT_EQ(f.tries.bars().size(), 2U);
  EXPECT_EQ(f.tries.bars()[0].from, 400'000U);
  EXPECT_EQ(f.tries.bars()[0].to, 1'500'000U);
  EXPECT_EQ(f.tries.bars()[1].from, 1'900'000U);
  const auto shifts = f.tries.shifts();
  ASSERT_EQ(shifts.size(), 1U);
  EXPECT_EQ(shifts[0].begin, 400'000U);
  EXPECT_EQ(shifts[0].end, 3'000'000U);
}

TEST(TriesFigures, AFileThatGrowsIsReadOnHoweverItWasTorn) {
  const std::string text = Worker("node1", "process000")
                               .tries(0, 1, TryStatus::run_done, 1)
                               .tries(1, 1, TryStatus::run_exception, 1, "x")
                               .tries(2, 1, TryStatus::run_done, 1)
                               .text();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Figures f;
    f.read("1", text.substr(0, cut));
    f.read("1", text);
    f.read("1", text);
    ASSERT_EQ(f.tries.tries(), 3U) << cut;
    ASSERT_EQ(f.tries.lanes().size(), 1U) << cut;
    ASSERT_EQ(f.tries.lanes()[0].node, "node1") << cut;
    ASSERT_EQ(f.tries.errors().most_frequent(9).size(), 1U) << cut;
  }
}

TEST(TriesFigures, FailuresAreGroupedAndEachGroupHasItsFirstTry) {
  Figures f;
  Worker worker("node1", "process000");
  for (std::uint64_t i = 0; i < 9; ++i)
    worker.tries(i, 1, TryStatus::run_exception, 0.1, "bad digit " + std::to_string(i));
  worker.tries(77, 2, TryStatus::run_timeout, 60, "too long");
  f.read("1", worker.text());
  const auto causes = f.tries.errors().most_frequent(5);
  ASSERT_EQ(causes.size(), 2U);
  EXPECT_EQ(f.tries.errors().count_of(causes[0]), 9U);
  EXPECT_EQ(f.tries.example_of(causes[0]).mini_batch, 0U);
  EXPECT_EQ(f.tries.example_of(causes[0]).first_item, "/data/0");
  EXPECT_EQ(f.tries.example_of(causes[1]).mini_batch, 77U);
  EXPECT_EQ(f.tries.example_of(causes[1]).dequeue_count, 2U);
}

TEST(TriesFigures, ManyTriesAreKeptAsHowBusyAWorkerWasAndNotOneByOne) {
  Figures f;
  Worker worker("node1", "process000");
  for (std::uint64_t i = 0; i < TriesFigures::most_bars + 5; ++i) worker.tries(i, 1, TryStatus::run_done, 0.01);
  f.read("1", worker.text());
  EXPECT_TRUE(f.tries.bars().empty());
  EXPECT_EQ(f.tries.slowest().size(), TriesFigures::most_slowest);
  const BusyBins& bins = f.tries.lanes()[0].bins;
  std::uint64_t tries = 0;
  for (std::size_t i = 0; i < BusyBins::most; ++i) tries += bins.sum(bins.length_microseconds(), i).tries;
  EXPECT_EQ(tries, TriesFigures::most_bars + 5);
}

TEST(TriesFigures, TriesThatDoNotTellWhenTheyEndedFollowOneAnother) {
  Figures f;
  Worker worker("", "process000");
  worker.has_ends = false;
  worker.tries(0, 1, TryStatus::run_done, 1).tries(1, 1, TryStatus::run_done, 2);
  write_file_atomically(f.folder.file("table"), std::string(try_row_header()) + worker.text());
  f.tries.read_table(f.folder.file("table"), false);
  ASSERT_EQ(f.tries.bars().size(), 2U);
  EXPECT_EQ(f.tries.bars()[0].from, 0U);
  EXPECT_EQ(f.tries.bars()[1].from, 1'100'000U);
  EXPECT_EQ(f.tries.bars()[1].to, 3'200'000U);
}

TEST(TriesFigures, OfTheTableThoseRowsCountThatNobodyMeasured) {
  Figures f;
  const std::string own = Worker("node1", "process000").tries(0, 1, TryStatus::run_done, 1).text();
  f.read("1", own);
  TryRow lost;
  lost.outcome = {{5}, 1, TryStatus::worker_lost, 4, 0, 0, {}};
  lost.is_measured = false;
  lost.error_category = "WorkerLost";
  std::string table(try_row_header());
  std::string_view lines = own;
  take_head(lines);
  table += without_ends(lines);
  append_try_row(table, lost);
  write_file_atomically(f.folder.file("table"), table);
  f.tries.read_table(f.folder.file("table"), true);
  EXPECT_EQ(f.tries.tries(), 2U);
  EXPECT_EQ(f.tries.tries_with(TryStatus::worker_lost), 1U);
  EXPECT_EQ(f.tries.example_of(1).lane, TriesFigures::no_lane);
  EXPECT_EQ(f.tries.bars().size(), 1U);
}

}  // namespace
}  // namespace prs
