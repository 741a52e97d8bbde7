#include "farm/run_folder_opening.hpp"

#include <filesystem>

#include "output/run_identity.hpp"
#include "starts_fixture.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
constexpr HowToOpen overwriting{true, false};

class RunFolderOpening : public StartsTest {};

TEST_F(RunFolderOpening, AFirstStartMakesWhatItWritesIn) {
  config.side_outputs = {{"images", temporary.file("images")}};
  const OpenedFolder opened = open();
  EXPECT_EQ(opened.start, 1U);
  EXPECT_EQ(opened.first_part, 1U);
  EXPECT_FALSE(opened.is_finished);
  EXPECT_FALSE(opened.output);
  EXPECT_EQ(opened.history.starts(), 0U);
  for (const std::string& made : {folder.ledgers(), folder.parts(), folder.all_tries(), temporary.file("images")})
    EXPECT_TRUE(fs::is_directory(made)) << made;
  EXPECT_EQ(load_run_identity(folder.identity())->starts, 1U);
}

TEST_F(RunFolderOpening, TheNextStartGoesOnFromWhatIsDoneAndWritesBehindIt) {
  start([](LedgerWriter& ledger) {
    ledger.outcome(done(0), 0);
    ledger.outcome(failed(1, 2), 0);
  });
  write(folder.part(3), "rows of a start that was killed");
  const OpenedFolder opened = open();
  EXPECT_EQ(opened.start, 2U);
  EXPECT_EQ(opened.first_part, 4U);
  EXPECT_EQ(opened.history.next_part, 4U);
  EXPECT_EQ(outcomes_in(opened.history), 2U);
  EXPECT_FALSE(opened.history.last.has_failed({1}, max_tries)) << "a try is left";
}

TEST_F(RunFolderOpening, ARunOfAnotherPlanIsRefusedWithWhatDiffersAndStaysAsItIs) {
  config.arguments = {"--a", "1"};
  start();
  const std::string before = read_file(folder.identity());
  config.arguments = {"--a", "2"};
  EXPECT_TRUE(says(refusal(), "arguments: was [--a 1], is [--a 2]"));
  EXPECT_EQ(read_file(folder.identity()), before);
  EXPECT_FALSE(fs::exists(folder.ledger(2)));
  config.arguments = {"--a", "1"};
  write(temporary.file("in/more"), "");
  EXPECT_TRUE(says(refusal(), "a different plan"));
}

TEST_F(RunFolderOpening, OneArgumentWithABlankIsNotTwo) {
  config.arguments = {"a b"};
  start();
  config.arguments = {"a", "b"};
  EXPECT_TRUE(says(refusal(), "arguments"));
  config.arguments = {"a b"};
  EXPECT_EQ(refusal(), "");
}

TEST_F(RunFolderOpening, SomebodyElsesOutputIsRefusedAndStays) {
  make_folders(folder.path);
  for (const std::string& path : {output, folder.failed_items()}) {
    write(path, "somebody else's");
    EXPECT_TRUE(says(refusal(), path + " exists already and is not of this run:"));
    EXPECT_EQ(read_file(path), "somebody else's");
    EXPECT_FALSE(fs::exists(folder.identity()));
    fs::remove(path);
  }
  write(output, "somebody else's");
  config.parallel.output_action = OutputAction::summary_only;
  EXPECT_EQ(refusal(), "") << "without rows the name is nobody's";
  EXPECT_EQ(read_file(output), "somebody else's");
}

TEST_F(RunFolderOpening, OverwriteDeletesInAFolderThatHeldNoRunOnlyWhatARefusalNames) {
  make_folders(folder.logs());
  for (const std::string& path : {output, folder.failed_items(), folder.job_result()}) write(path, "somebody else's");
  EXPECT_EQ(open(overwriting).start, 1U);
  EXPECT_FALSE(fs::exists(output));
  EXPECT_FALSE(fs::exists(folder.failed_items()));
  EXPECT_TRUE(fs::exists(folder.job_result())) << "no run has left it";
}

TEST_F(RunFolderOpening, OverwriteDeletesARunOfAnyPlanAndBeginsAnew) {
  start([this](LedgerWriter& ledger) { finish(ledger); });
  write(folder.path + "/mine.txt", "the user's");
  config.arguments = {"--other"};
  const OpenedFolder opened = open(overwriting);
  EXPECT_EQ(opened.start, 1U);
  EXPECT_EQ(outcomes_in(opened.history), 0U);
  EXPECT_FALSE(fs::exists(output));
  EXPECT_TRUE(fs::exists(folder.path + "/mine.txt"));
}

TEST_F(RunFolderOpening, AFinishedRunIsReportedAndNothingIsWritten) {
  start([this](LedgerWriter& ledger) { finish(ledger); });
  const OpenedFolder opened = open();
  EXPECT_TRUE(opened.is_finished);
  EXPECT_EQ(outcomes_in(opened.history), mini_batches);
  EXPECT_EQ(load_run_identity(folder.identity())->starts, 1U);
}

TEST_F(RunFolderOpening, WithoutReuseAFinishedRunIsRefusedAndAnUnfinishedOneGoesOn) {
  config.allow_reuse = false;
  start([](LedgerWriter& ledger) { ledger.outcome(done(0), 0); });
  EXPECT_EQ(refusal(), "");
  start([this](LedgerWriter& ledger) { finish(ledger); });
  EXPECT_TRUE(says(refusal(), "allow_reuse is false: add --overwrite"));
  EXPECT_TRUE(fs::exists(output));
}

TEST_F(RunFolderOpening, AFinishedRunWhoseRowsWereDeletedGoesOn) {
  start([this](LedgerWriter& ledger) { finish(ledger); });
  fs::remove(output);
  EXPECT_FALSE(open().is_finished);
  config.parallel.output_action = OutputAction::summary_only;
  fs::remove_all(folder.path);
  start([](LedgerWriter& ledger) { ledger.finished(); });
  EXPECT_TRUE(open().is_finished) << "there are no rows to miss";
}

TEST_F(RunFolderOpening, TheRowsOfAnEarlierStartMayBeReplacedAsLongAsTheyAreAsItWroteThem) {
  start([this](LedgerWriter& ledger) { name_rows(ledger); });
  const std::string rows = read_file(output);
  EXPECT_TRUE(open().output) << "told by its time";
  write(output, rows);
  EXPECT_TRUE(open().output) << "told by reading it";
  std::string edited = rows;
  edited[2] = '!';
  write(output, edited);
  EXPECT_TRUE(says(refusal(), "was changed since this run wrote it"));
  EXPECT_EQ(read_file(output), edited);
  write(output, rows + "more\n");
  EXPECT_TRUE(says(refusal(), "was changed since this run wrote it"));
}

TEST_F(RunFolderOpening, RowsThatNoStartHasFinishedAreNobodysOfTheRun) {
  start([](LedgerWriter& ledger) { ledger.outcome(done(0), 0); });
  write(output, row_of(0));
  EXPECT_TRUE(says(refusal(), "is not of this run"));
}

TEST_F(RunFolderOpening, ADamagedIdentityIsAnErrorUnlessTheRunIsDeletedAnyway) {
  start([](LedgerWriter& ledger) { ledger.outcome(done(0), 0); });
  write(folder.identity(), "{ torn");
  EXPECT_THROW(open(), InfrastructureError);
  EXPECT_TRUE(fs::exists(folder.ledger(1)));
  set_launcher_id("a launcher");  // who would otherwise have to be looked for in that file
  EXPECT_EQ(open(overwriting).start, 1U);
  EXPECT_FALSE(fs::exists(folder.ledger(1)));
}

TEST_F(RunFolderOpening, ATornLedgerCostsItsTail) {
  start([](LedgerWriter& ledger) {
    ledger.outcome(done(0), 0);
    ledger.outcome(done(1), 0);
  });
  fs::resize_file(folder.ledger(1), fs::file_size(folder.ledger(1)) - 1);
  const OpenedFolder opened = open();
  EXPECT_EQ(outcomes_in(opened.history), 1U);
  EXPECT_EQ(opened.history.problems.size(), 1U);
}

TEST_F(RunFolderOpening, ASecondJobIsRefusedAndTheFirstKeepsAll) {
  const OpenedFolder first = open();
  const std::string before = read_file(folder.identity());
  EXPECT_TRUE(says(refusal(overwriting), "another job"));
  EXPECT_EQ(read_file(folder.identity()), before);
  EXPECT_NO_THROW(first.lease->expect_held());
}

TEST_F(RunFolderOpening, APlaceWhereNoFolderCanBeIsTheUsersMistake) {
  write(folder.path, "a file where the folder should be");
  EXPECT_TRUE(says(refusal(), "choose another `output`"));
}

/// While the ledger is read, which asks for the fingerprint, the folder goes to another job.
class PlanThatLosesTheFolder final : public Plan {
 public:
  PlanThatLosesTheFolder(const Plan& plan, std::string lease) : plan_(plan), lease_(std::move(lease)) {}
  std::uint64_t fingerprint() const override {
    if (fs::remove_all(lease_) > 0) was_lost_ = true;
    return plan_.fingerprint();
  }
  std::uint64_t mini_batch_count() const override { return plan_.mini_batch_count(); }
  std::string content_text() const override { return plan_.content_text(); }
  MiniBatchItems items_of(MiniBatchIndex index) const override { return plan_.items_of(index); }
  std::uint32_t item_count_of(MiniBatchIndex index) const override { return plan_.item_count_of(index); }
  const std::string& input_name_of(MiniBatchIndex index) const override { return plan_.input_name_of(index); }
  const std::vector<std::string>& warnings() const override { return plan_.warnings(); }
  std::size_t memory_bytes() const override { return plan_.memory_bytes(); }
  bool was_lost() const { return was_lost_; }

 private:
  const Plan& plan_;
  std::string lease_;
  mutable bool was_lost_ = false;
};

TEST_F(RunFolderOpening, ALeaseThatIsLostMeanwhileLeavesTheFolderAlone) {
  const FilePlan real = plan();
  const PlanThatLosesTheFolder losing(real, folder.lease());
  EXPECT_THROW(open_run_folder(config, losing, {}), LeaseLost);
  EXPECT_TRUE(losing.was_lost());
  EXPECT_FALSE(fs::exists(folder.identity()));
  EXPECT_FALSE(fs::exists(folder.ledgers()));
}

TEST_F(RunFolderOpening, AfterThreeStartsWithoutProgressABatchSystemsRestartSaysSo) {
  for (int i = 0; i < 3; ++i) start();
  ::setenv("SLURM_RESTART_COUNT", "3", 1);
  EXPECT_TRUE(says(text_of_idle_restarts(open()), "the last 3 starts ended before anything new was done"));
  ::setenv("SLURM_RESTART_COUNT", "0", 1);
  EXPECT_EQ(text_of_idle_restarts(open()), "") << "a user has submitted it";
  ::setenv("SLURM_RESTART_COUNT", "3", 1);
  start([](LedgerWriter& ledger) { ledger.outcome(done(0), 0); });
  EXPECT_EQ(text_of_idle_restarts(open()), "");
}

}  // namespace
}  // namespace prs
