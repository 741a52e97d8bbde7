#include "history_fixture.hpp"

namespace prs {
namespace {

TEST_F(HistoryTest, SlicesAndWhatGoesOnFromThemAreOneHistory) {
  const TemporaryFolder other;
  const auto slice = [&](std::uint32_t number, const std::function<void(LedgerWriter&)>& records) {
    const std::string path = other.file(std::to_string(number));
    {
      IoThread io;
      LedgerWriter writer(io, path, header(1));
      records(writer);
      writer.finished();
      writer.submit();
    }
    return read_history([&](std::uint32_t start) { return start == 1 ? path : path + "-none"; }, plan, 4);
  };
  const auto done = [](std::uint64_t mini_batch) {
    Outcome with_rows = outcome(mini_batch, 1, TryStatus::run_done);
    with_rows.stretch = {5, 16, 7, 99};
    return with_rows;
  };
  History all;
  all.last = LastOutcomes(4);
  append_slice(all,
               slice(1,
                     [&](LedgerWriter& ledger) {
                       ledger.columns("a,b\n");
                       ledger.error_text(1, {"ValueError", "first", ""});
                       ledger.outcome(outcome(0, 1, TryStatus::run_exception), 1);
                       ledger.outcome(done(1), 0);
                     }),
               0, 2, 1000);
  append_slice(all,
               slice(2,
                     [&](LedgerWriter& ledger) {
                       ledger.error_text(1, {"KeyError", "second", ""});
                       ledger.outcome(outcome(2, 1, TryStatus::run_exception), 1);
                       ledger.outcome(outcome(3, 1, TryStatus::run_exception), 1);
                       ledger.retry_failed(1);  // of this slice alone
                       ledger.outcome(done(2), 0);
                       ledger.outcome(outcome(3, 1, TryStatus::run_exception), 1);
                     }),
               2, 4, 2000);
  write(header(1), [](LedgerWriter& ledger) {
    ledger.error_text(1, {"OSError", "third", ""});
    ledger.outcome(outcome(1, 1, TryStatus::run_exception), 1);
  });
  const History joined = read_history([this](std::uint32_t start) { return segment(start); }, plan, 4, {}, &all);
  EXPECT_EQ(joined.columns, "a,b\n");
  EXPECT_EQ(joined.outcomes, 6U + 1U);
  EXPECT_EQ(joined.starts(), 1U);
  EXPECT_FALSE(joined.is_finished);
  EXPECT_EQ(joined.next_part, 10U);
  const auto message_of = [&](std::uint64_t mini_batch) {
    const ErrorId error = last_of(joined, mini_batch).error;
    return error == 0 ? "" : joined.errors.at(error - 1).message;
  };
  EXPECT_EQ(message_of(0), "first");
  EXPECT_EQ(message_of(1), "third") << "what ran again counts";
  EXPECT_EQ(message_of(2), "");
  EXPECT_EQ(message_of(3), "second");
  EXPECT_EQ(joined.error_counts.at(2), 3U);
  EXPECT_EQ(last_of(all, 1).outcome.stretch.part, 1005U);
  EXPECT_EQ(last_of(joined, 2).outcome.stretch.part, 2005U);
  EXPECT_EQ(joined.last.rows_of_range(2, 3).at(0).part, 2005U);
  EXPECT_EQ(tally_of(joined, 1).gave_up, 3);
  EXPECT_EQ(tally_of(joined, 1).done, 1);
}

}  // namespace
}  // namespace prs
