// A worker has quotes counted by a real loader (rule 3.3).
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dataset/quote_scan.hpp"
#include "script/loader_wire.hpp"
#include "support/proc_text.hpp"
#include "support/process_stat.hpp"
#include "support/unique_fd.hpp"
#include "worker_fixture.hpp"

namespace prs {
namespace {

class WorkerSurveyTest : public WorkerTest {
 protected:
  WorkerSurveyTest() {
    config.inputs.push_back({"t", {table()}});
    config.inputs.back().table.emplace().support_multi_line = true;
    config.parallel.task_overhead_timeout = 3600;
    start();
  }
  std::string table() const { return temporary.file("table.csv"); }
  void put_share(std::uint64_t begin, std::uint64_t end) {
    transport.put(0, Tag::survey, scan_bytes({4, {0, {{table(), begin, end, 0}}}}));
  }
  /// Whoever opens it waits for a writer.
  void make_fifo() { ASSERT_EQ(::mkfifo(table().c_str(), 0600), 0); }
  void let_fifo_go() const { UniqueFd(::open(table().c_str(), O_WRONLY | O_CLOEXEC)); }
  ScannedPieces take_surveyed() { return scanned_pieces_of(wait_for(Tag::surveyed)); }
  /// This worker's loader, hung in opening the table; 0: none does.
  static int loader_at_fifo() {
    for (const ProcessStat& process : all_processes()) {
      if (process.name != "prs_loader") continue;
      const std::string call = proc_text(process_file(process.pid, "syscall")).value_or("");
      const auto keeper = process_stat(process.parent);
      if (keeper && keeper->parent == ::getpid() && call.starts_with(std::to_string(SYS_openat) + " "))
        return process.pid;
    }
    return 0;
  }
  /// Another one than `before`.
  int wait_for_loader(int before = 0) {
    for (int i = 0; i < 100000; ++i) {
      if (const int pid = loader_at_fifo(); pid != 0 && pid != before) return pid;
      worker.turn();
    }
    ADD_FAILURE() << "no loader opens the table";
    return 0;
  }
};

TEST_F(WorkerSurveyTest, AnswersWithTheTransitionsOfEachStep) {
  std::ofstream(table()) << "a,\"\n\n\n\"\nb";
  for (int i = 0; i < 2; ++i) {  // one after the other
    put_share(0, 9);
    const ScannedPieces found = take_surveyed();
    EXPECT_EQ(found.problem, "");
    ASSERT_EQ(found.steps.size(), 1U);
    ASSERT_EQ(found.steps[0].size(), 3U);
    EXPECT_EQ(found.steps[0][0].after(RecordState::record_start), RecordState::quoted);
    EXPECT_EQ(found.steps[0][1].after(RecordState::quoted), RecordState::record_start);
    EXPECT_EQ(found.steps[0][2].after(RecordState::record_start), RecordState::in_field);
  }
}

TEST_F(WorkerSurveyTest, AFileThatIsNotThereIsAnAnswer) {
  put_share(0, 9);
  const ScannedPieces found = take_surveyed();
  EXPECT_NE(found.problem.find(table()), std::string::npos) << found.problem;
  EXPECT_EQ(found.steps, std::vector<std::vector<RecordTransition>>(1));
}

TEST_F(WorkerSurveyTest, ALoaderThatIsKilledIsReplaced) {
  make_fifo();
  put_share(0, 9);
  worker.turn();
  const int first = wait_for_loader();
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  wait_for_loader(first);
  let_fifo_go();
  EXPECT_NE(take_surveyed().problem.find(table()), std::string::npos) << "a pipe cannot be read at a place";
}

TEST_F(WorkerSurveyTest, WhereNoneGetsOnTheShareHasFailedAfterItsTries) {
  make_fifo();
  put_share(0, 9);
  worker.turn();
  int loader = 0;
  for (std::uint32_t tries = 0; tries < config.parallel.run_max_try; ++tries) {
    EXPECT_FALSE(transport.has_sent());
    loader = wait_for_loader(loader);
    transport.advance(std::chrono::seconds(3601));
    worker.turn();
  }
  const ScannedPieces found = take_surveyed();
  EXPECT_NE(found.problem.find("too slow"), std::string::npos) << found.problem;
  EXPECT_TRUE(found.steps.empty());
}

TEST_F(WorkerSurveyTest, AStopEndsItWithoutAnAnswer) {
  make_fifo();
  put_share(0, 9);
  worker.turn();
  wait_for_loader();
  transport.put(0, Tag::stop);
  for (int i = 0; i < 100000 && loader_at_fifo() != 0; ++i) worker.turn();
  EXPECT_EQ(loader_at_fifo(), 0);
  turns();
  EXPECT_TRUE(take_given_back().empty());
  EXPECT_FALSE(transport.has_sent());
}

}  // namespace
}  // namespace prs
