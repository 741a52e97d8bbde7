#include "app/run_look.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "ledger/ledger.hpp"
#include "support/io_thread.hpp"
#include "support/posix_io.hpp"
#include "support/process_stat.hpp"
#include "support/temporary_folder.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

using State = RunStatus::State;
constexpr std::uint64_t plan = 77;

/// A process that does nothing.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0)
      for (;;) ::pause();
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void stop() const {
    ::kill(pid_, SIGSTOP);
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  LeaseHolder holder() const {
    LeaseHolder holder = LeaseHolder::self(std::chrono::seconds(30));
    holder.process = pid_;
    holder.process_start = process_stat(pid_)->started_ticks;
    return holder;
  }

 private:
  pid_t pid_;
};

class RunLookTest : public testing::Test {
 protected:
  RunLookTest() {
    status.result.name = "test";
    status.updated_unix_nanoseconds = unix_nanoseconds_now();
    begin(folder, {{"mini_batches", "4"}});
  }
  static void begin(const RunFolder& of, const std::map<std::string, std::string>& settled) {
    std::filesystem::create_directories(of.hidden());
    RunIdentity identity;
    identity.plan_fingerprint = plan;
    identity.settled = settled;
    save_run_identity(of.identity(), identity);
  }
  void end_with(ExitStatus how, bool may_start_again = false) {
    status.state = State::ended;
    status.result.status = how;
    status.result.may_start_again = may_start_again;
  }
  RunStatus look() const { return look(folder, status); }
  static RunStatus look(const RunFolder& of, const RunStatus& word) {
    write_file_atomically(of.status(), json_of(word, 1));
    return RunLook(of).look();
  }
  /// The lease of a holder that has given no sign for longer than its length.
  void hold(const LeaseHolder& holder) const {
    const std::string path = LeaseFolder{folder.lease()}.lease(1);
    std::filesystem::create_directories(folder.lease());
    write_file_atomically(path, holder.line());
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
  }
  static void write_ledger(const RunFolder& of, std::uint32_t start, bool is_finished,
                           const std::vector<Outcome>& outcomes) {
    std::filesystem::create_directories(of.ledgers());
    IoThread io;
    LedgerWriter ledger(io, of.ledger(start), {start, plan, 4, 1, {}});
    for (const Outcome& outcome : outcomes) ledger.outcome(outcome, 0);
    if (is_finished) ledger.finished();
    ledger.submit();
    io.finish();
  }
  static Outcome done(std::uint64_t mini_batch, std::uint32_t items, std::uint32_t rows) {
    return {{mini_batch}, 1, TryStatus::run_done, items, std::min(items, rows), rows, {}};
  }

  TemporaryFolder files;
  RunFolder folder{files.path()};
  RunStatus status;
};

TEST_F(RunLookTest, ARunThatLostARankStartsAgainAsLongAsItsLauncherIsThere) {
  Child launcher;
  status.launcher = launcher.holder().line();
  end_with(ExitStatus::infrastructure, true);
  const RunStatus seen = look();
  EXPECT_EQ(word_of(seen), "starting");
  EXPECT_TRUE(seen.is_starting_again);
  EXPECT_FALSE(seen.is_over());
  launcher.end();
  EXPECT_EQ(word_of(look()), "error");
}

TEST_F(RunLookTest, WhatEndedOtherwiseIsOverWhoeverStartedIt) {
  const Child launcher;
  status.launcher = launcher.holder().line();
  for (const ExitStatus how : {ExitStatus::completed, ExitStatus::failed, ExitStatus::interrupted}) {
    end_with(how);
    EXPECT_EQ(look().state, State::ended) << static_cast<int>(how);
  }
}

TEST_F(RunLookTest, AKilledRunStartsAgainAsLongAsItsLauncherIsThere) {
  Child launcher, rank0;
  status.state = State::running;
  status.launcher = launcher.holder().line();
  hold(rank0.holder());
  rank0.end();
  EXPECT_EQ(word_of(look()), "starting");
  launcher.end();
  const RunStatus seen = look();
  EXPECT_EQ(word_of(seen), "killed");
  EXPECT_TRUE(seen.is_process_gone);
}

TEST_F(RunLookTest, ALauncherOfAnotherMachineIsWaitedForAShortTime) {
  LeaseHolder launcher = LeaseHolder::self(std::chrono::seconds(30));
  launcher.machine += "x";
  status.launcher = launcher.line();
  end_with(ExitStatus::infrastructure, true);
  EXPECT_EQ(word_of(look()), "starting");
  status.updated_unix_nanoseconds -= std::chrono::nanoseconds(std::chrono::minutes(1)).count();
  EXPECT_EQ(word_of(look()), "error");
  for (const char* unreadable : {"", "{", "{}"}) {
    status.launcher = unreadable;
    EXPECT_EQ(word_of(look()), "error");
  }
}

TEST_F(RunLookTest, AStoppedProcessIsNoKilledOne) {
  Child rank0;
  status.state = State::running;
  hold(rank0.holder());
  rank0.stop();
  const RunStatus seen = look();
  EXPECT_EQ(word_of(seen), "stopped");
  EXPECT_EQ(seen.holder_process, rank0.pid());
  EXPECT_FALSE(seen.is_over());
  rank0.end();
  EXPECT_EQ(word_of(look()), "killed");
}

TEST_F(RunLookTest, WithoutAWordOfItsOwnTheLedgerTellsItemsAndRows) {
  Outcome failed = done(1, 10, 0);
  failed.status = TryStatus::run_exception;
  write_ledger(folder, 1, true, {done(0, 10, 10), failed, done(2, 10, 7), done(3, 10, 12)});
  const RunStatus seen = RunLook(folder).look();
  EXPECT_EQ(word_of(seen), "completed");
  EXPECT_TRUE(seen.is_of_ledger);
  EXPECT_EQ(seen.result.progress.done, 3U);
  EXPECT_EQ(seen.result.progress.failed, 1U);
  EXPECT_EQ(seen.result.progress.gave_up, 1U) << "else it would not be finished";
  EXPECT_EQ(seen.result.tally.succeeded_items, 27);
  EXPECT_EQ(seen.result.tally.failed_items, 13);
  EXPECT_EQ(seen.result.short_items, 3U);
  EXPECT_EQ(seen.result.rows, 29U);
  EXPECT_EQ(seen.result.seconds, std::nullopt);
}

TEST_F(RunLookTest, AJoinHasTheItemsAndRowsOfItsSlices) {
  begin(folder, {{"mini_batches", "4"}, {"slices", "2"}});
  write_ledger(folder, 1, true, {});
  for (std::uint32_t number : {1U, 2U}) {
    const RunFolder slice = Slicing{2, number}.folder_in(folder);
    begin(slice, {{"mini_batches", "4"}, {"slice", std::to_string(number)}});
    write_ledger(slice, 1, true, {done(2 * number - 2, 10, 10), done(2 * number - 1, 10, 7)});
  }
  const RunStatus seen = RunLook(folder).look();
  EXPECT_EQ(seen.result.progress.mini_batches, 4U);
  EXPECT_EQ(seen.result.progress.done, 4U);
  EXPECT_EQ(seen.result.tally.succeeded_items, 34);
  EXPECT_EQ(seen.result.tally.failed_items, 6);
  EXPECT_EQ(seen.result.rows, 34U);
}

TEST_F(RunLookTest, ASliceSaysWhereItWasJoinedSinceItEnded) {
  const RunFolder slice = Slicing{2, 1}.folder_in(folder);
  begin(slice, {{"mini_batches", "4"}, {"slice", "1"}});
  RunStatus word = status;
  word.state = State::ended;
  word.result.slicing = {2, 1};
  EXPECT_EQ(look(slice, word).result.joined_in, "");
  end_with(ExitStatus::completed);
  status.result.slicing = {2, 0};
  status.started_unix_nanoseconds = word.updated_unix_nanoseconds + 1;
  look();
  EXPECT_EQ(look(slice, word).result.joined_in, folder.path);
  word.updated_unix_nanoseconds += 2;
  EXPECT_EQ(look(slice, word).result.joined_in, "") << "it ran again since";
}

}  // namespace
}  // namespace prs
