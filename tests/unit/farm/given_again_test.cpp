// A command that its launcher, or a batch system, gives again after a loss: what its options ask for is done once.
#include <filesystem>

#include "starts_fixture.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr HowToOpen overwriting{true, false};
constexpr HowToOpen retrying{false, true};

class GivenAgain : public StartsTest {
 protected:
  GivenAgain() {
    start([this](LedgerWriter& ledger) { finish(ledger); });
    set_launcher_id("one");
  }
  /// An earlier run whose last mini-batch was given up, and whose first one has tries left.
  void fail_two() const {
    ::unsetenv("PRS_LAUNCHER_ID");
    start([](LedgerWriter& ledger) { ledger.outcome(done(1), 0); }, overwriting);
    start([](LedgerWriter& ledger) {
      ledger.outcome(failed(0, 1), 0);
      ledger.outcome(failed(3), 0);
    });
    set_launcher_id("one");
  }
};

TEST_F(GivenAgain, OverwriteIsDoneByTheFirstStartAlone) {
  const OpenedFolder first = start([](LedgerWriter& ledger) { ledger.outcome(done(2), 0); }, overwriting);
  ASSERT_EQ(first.start, 1U) << "the earlier run is deleted";
  ASSERT_FALSE(fs::exists(output));
  for (std::uint32_t number = 2; number < 4; ++number) {
    const OpenedFolder again = start({}, overwriting);
    EXPECT_EQ(again.start, number);
    EXPECT_EQ(outcomes_in(again.history), 1U) << "what the first start has done is kept";
  }
}

TEST_F(GivenAgain, WhoeverElseGivesItMeansIt) {
  start([](LedgerWriter& ledger) { ledger.outcome(done(2), 0); }, overwriting);
  set_launcher_id("two");
  EXPECT_EQ(start([](LedgerWriter& ledger) { ledger.outcome(done(1), 0); }, overwriting).start, 1U);
  ::unsetenv("PRS_LAUNCHER_ID");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(start({}, overwriting).start, 1U) << "a user's own mpirun";
}

TEST_F(GivenAgain, WhereTheFirstStartDidNotComeToItTheNextOneDoesIt) {
  open({}).lease.reset();  // of a finished run nothing is taken over
  ASSERT_TRUE(fs::exists(output));
  EXPECT_EQ(open(overwriting).start, 1U);
  EXPECT_FALSE(fs::exists(output));
}

TEST_F(GivenAgain, ARunThatItFinishedMeanwhileIsNoMistakeWithoutReuse) {
  config.allow_reuse = false;
  start([this](LedgerWriter& ledger) { finish(ledger); }, overwriting);
  EXPECT_TRUE(open(overwriting).is_finished);
  set_launcher_id("two");
  EXPECT_NE(refusal(), "");
}

TEST_F(GivenAgain, ANewSetOfTriesIsGivenOnce) {
  fail_two();
  const OpenedFolder first = start([](LedgerWriter& ledger) { ledger.outcome(failed(3), 0); }, retrying);
  ASSERT_TRUE(first.is_retrying_failed);
  EXPECT_FALSE(first.history.last.has({3})) << "what was given up counts as never tried";
  const OpenedFolder again = open(retrying);
  EXPECT_FALSE(again.is_retrying_failed);
  EXPECT_TRUE(again.history.last.has_failed({3}, max_tries)) << "the second set is used up";
}

TEST_F(GivenAgain, OrByTheNextStartWhereTheFirstOneWroteNoLedger) {
  fail_two();
  open(retrying).lease.reset();
  EXPECT_TRUE(open(retrying).is_retrying_failed);
}

TEST_F(GivenAgain, ANewSetOfTriesIsForWhatWasGivenUpAlone) {
  fail_two();
  const OpenedFolder opened = open(retrying);
  EXPECT_FALSE(opened.history.last.has({3}));
  ASSERT_TRUE(opened.history.last.has({0}));
  EXPECT_TRUE(opened.history.last.has_failed({0})) << "it keeps the two tries that it has left";
}

TEST_F(GivenAgain, OfAFinishedRunWhatFailedRunsAndWithoutAFailureNothingDoes) {
  EXPECT_TRUE(open(retrying).is_finished);
  ::unsetenv("PRS_LAUNCHER_ID");
  fs::remove_all(folder.path);
  start([this](LedgerWriter& ledger) {
    name_rows(ledger);
    ledger.outcome(failed(3), 0);
    ledger.finished();
  });
  EXPECT_TRUE(open().is_finished);
  EXPECT_FALSE(open(retrying).is_finished);
}

}  // namespace
}  // namespace prs
