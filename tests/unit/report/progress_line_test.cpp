#include "report/progress_line.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/humane.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

constexpr std::size_t wide = 1000;

Progress some_progress() {
  Progress progress;
  progress.mini_batches = 20000;
  progress.done = 12345;
  progress.gave_up = 1;
  progress.failed = 3;
  progress.running = 16;
  progress.tries = 12400;
  progress.failed_items = 7;
  progress.workers_ready = progress.workers = 8;
  return progress;
}

TEST(ProgressLine, BeforeTheFirstHandOutItTellsHowFarTheQuotesAreCounted) {
  Progress progress = some_progress();
  progress.bytes_to_survey = 1000;
  progress.surveyed_bytes = 123;
  EXPECT_EQ(progress_line(progress, {}, wide), "prs_mpi: reading tables, quotes counted in 12.3 % of them, " +
                                                   counted(progress.workers, "worker", "workers"));
  EXPECT_EQ(progress_line(progress, {}, 24), "prs_mpi: reading tables,");
  progress.surveyed_bytes = 1000;
  EXPECT_EQ(progress_line(progress, {}, wide), progress_line(some_progress(), {}, wide));
}

TEST(ProgressLine, AfterTheLastMiniBatchItTellsHowFarTheRowsArePutTogether) {
  Progress progress = some_progress();
  progress.done = progress.mini_batches;
  progress.workers_ready = 0;
  EXPECT_EQ(progress_line(progress, {2.0, 0.0, 16, false}, wide),
            "prs_mpi: 20 001 / 20 000 mini-batches over (100 %), 3 failed, 2.0/s, closing, 8 workers");
  progress.assembled.all = std::uint64_t{5} << 30;
  progress.assembled.written = std::uint64_t{1} << 30;
  const Pace pace{2.0, 0.0, 16, false};
  EXPECT_EQ(progress_line(progress, pace, wide),
            "prs_mpi: putting the rows together, 20.0 % of 5.0 GiB written, 3 failed, 8 workers");
  EXPECT_EQ(progress_line(progress, pace, 34), "prs_mpi: putting the rows together");
  EXPECT_TRUE(progress_line(progress, {2.0, 0.0, 16, true}, wide).ends_with("in 16 s, 8 workers"));
}

TEST(ProgressLine, WhatIsStoppingHasNoTimeLeft) {
  Progress progress = some_progress();
  progress.is_stopping = true;
  EXPECT_EQ(progress_line(progress, {780.4, std::nullopt, 16, false}, wide),
            "prs_mpi: 12 346 / 20 000 mini-batches over (61.7 %), 3 failed, 780/s, stopping, 8 workers");
}

TEST(ProgressLine, SaysHowFarHowFastAndHowLong) {
  const Pace pace{780.4, 200.0, 16, false};
  EXPECT_EQ(progress_line(some_progress(), pace, wide),
            "prs_mpi: 12 346 / 20 000 mini-batches over (61.7 %), 3 failed, 780/s, 3 min 20 s left, 8 workers");
}

TEST(ProgressLine, TheStartHasNoRateAndNoGuess) {
  Progress progress;
  progress.mini_batches = 1797;
  progress.workers = 2;
  EXPECT_EQ(progress_line(progress, {}, wide),
            "prs_mpi: 0 / 1797 mini-batches over (0.0 %), 0 failed, time left unknown, 0 of 2 workers ready");
}

TEST(ProgressLine, TheLastOneSaysHowLongItTook) {
  Progress progress;
  progress.mini_batches = progress.done = 1797;
  progress.workers = 1;  // whose host has ended
  progress.reused = 797;
  EXPECT_EQ(progress_line(progress, {434.8, 0.0, 2.3, true}, wide),
            "prs_mpi: 1797 / 1797 mini-batches over (100 %), 0 failed, 435/s, in 2.3 s, 1 worker, 797 reused");
}

TEST(ProgressLine, WhatMattersLessIsLeftOutFirst) {
  const Pace pace{780.4, 200.0, 16, false};
  const Progress progress = some_progress();
  EXPECT_EQ(progress_line(progress, pace, 80),
            "12 346 / 20 000 mini-batches over (61.7 %), 3 failed, 780/s, 3 min 20 s left");
  EXPECT_EQ(progress_line(progress, pace, 60), "12 346 / 20 000 (61.7 %), 3 failed, 780/s, 3 min 20 s left");
  EXPECT_EQ(progress_line(progress, pace, 51), "12 346 / 20 000 (61.7 %), 3 failed, 3 min 20 s left");
  EXPECT_EQ(progress_line(progress, pace, 40), "12 346 / 20 000 (61.7 %), 3 failed");
  EXPECT_EQ(progress_line(progress, pace, 30), "12 346 / 20 000 (61.7 %)");
  EXPECT_EQ(progress_line(progress, pace, 20), "12 346 / 20 000");
  EXPECT_EQ(progress_line(progress, pace, 5), "12 34");
  EXPECT_EQ(progress_line(progress, pace, 0), "");
}

TEST(ProgressLine, IsNeverWiderThanAsked) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    Progress progress;
    progress.mini_batches = random() >> (random() % 64);
    progress.done = random() >> (random() % 64);
    progress.failed = random() >> (random() % 64);
    progress.reused = random() >> (random() % 64);
    progress.workers = static_cast<std::uint32_t>(random());
    const Pace pace{static_cast<double>(random()), static_cast<double>(random()), 1, random() % 2 == 0};
    const std::size_t columns = random() % 200;
    const std::string line = progress_line(progress, pace, columns);
    ASSERT_LE(line.size(), columns);
    for (const char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << line;  // a byte is a column
  }
}

TEST(ProgressLine, TheOverviewIsATable) {
  const std::string text = overview_header(1772366400000000000) +
                           overview_line(some_progress(), {780.456, 9.7, 16.25, false}, 1772366416250000000) +
                           overview_line({}, {}, 1772366416250000000);
  EXPECT_EQ(
      text,
      "# Progress of the run started 2026-03-01T12:00:00.000Z; counts are mini-batches, times seconds, the rate is "
      "that "
      "of the last while; running: handed out and not over; '-': unknown\n"
      "                time   elapsed_s        done       total  percent    failed   gave_up  failed_items  running    "
      "   "
      "tries   ready  workers  per_second     left_s\n"
      "2026-03-01T12:00:16Z        16.2       12345       20000     61.7         3         1             7       16    "
      "   "
      "12400       8        8      780.46         10\n"
      "2026-03-01T12:00:16Z         0.0           0           0      100         0         0             0        0    "
      "   "
      "    0       0        0        0.00          -\n");
}

}  // namespace
}  // namespace prs
