// A worker has part files made by a real program in a process below a keeper (rules 1.2, 5.2).
#include "farm/worker_part_file.hpp"

#include <signal.h>

#include "support/proc_text.hpp"
#include "support/process_stat.hpp"
#include "worker_fixture.hpp"

namespace prs {
namespace {

class WorkerPartFileTest : public WorkerTest {
 protected:
  /// In the place of Python: a shell that is given the words of the program, from $0 on.
  void start_with(const std::string& shell) {
    command = {"/bin/sh", "-c", shell};
    config.parallel.append_row_file_name = "rows.parquet";
    start();
  }
  void put_file() {
    transport.put(0, Tag::make_part_file, protocol::plain_bytes(protocol::PartFileToMake{5, 90, 2, 4, 77}));
  }
  protocol::Assembled take_made() { return protocol::assembled_of(wait_for(Tag::assembled)); }
  /// Its process writes its id there, and waits.
  std::string id_file() const { return temporary.file("id"); }
  std::string hang() const {
    return "echo $$ > " + id_file() + ".new; mv " + id_file() + ".new " + id_file() + "; exec sleep 1000";
  }
  pid_t wait_for_process() {
    while (!std::filesystem::exists(id_file())) worker.turn();
    return std::stoi(text_of(id_file()));
  }
};

TEST_F(WorkerPartFileTest, IsMadeOfTheBytesAndUnderTheNameThatTheMasterSays) {
  start_with("printf '%s\\n' \"$@\" >> " + temporary.file("words") + "; echo '{}'");
  for (int i = 0; i < 2; ++i) {  // one after the other
    put_file();
    const protocol::Assembled made = take_made();
    EXPECT_TRUE(made.is_whole);
    EXPECT_TRUE(made.damaged.empty());
  }
  const std::string words = folder.path + "/.rows.parquet.1-test.building\n5\n90\n" + folder.path +
                            "/.rows.parquet.1-test-columns.building/part-00002.parquet\nrows-77;file-2-of-4;\n";
  EXPECT_EQ(text_of(temporary.file("words")), words + words);
}

TEST_F(WorkerPartFileTest, WhatTheProgramSaysIsTroubleAndWhatToDo) {
  start_with("echo '{\"error\": \"cannot write x: No space left\"}'; exit 1");
  put_file();
  const std::string trouble = wait_for(Tag::trouble);
  EXPECT_NE(trouble.find("the output: cannot write x: No space left; once the cause is gone, the same command goes on"),
            std::string::npos)
      << trouble;
}

TEST_F(WorkerPartFileTest, AProgramThatIsKilledIsTrouble) {
  start_with(hang());
  put_file();
  worker.turn();
  ASSERT_EQ(::kill(wait_for_process(), SIGKILL), 0);
  EXPECT_NE(wait_for(Tag::trouble).find("the Parquet file could not be made"), std::string::npos);
}

TEST_F(WorkerPartFileTest, StopEndsItAndItIsAnsweredOnce) {
  start_with(hang());
  put_file();
  worker.turn();
  const pid_t process = wait_for_process();
  transport.take_beats();
  transport.put(0, Tag::stop);
  worker.turn();
  transport.take(Tag::given_back);
  EXPECT_FALSE(take_made().is_whole);
  EXPECT_NE(::kill(process, 0), 0);
  turns();
  EXPECT_FALSE(transport.has_sent());
}

TEST_F(WorkerPartFileTest, IsSaidInEverySignOfLifeSinceItMayTakeLong) {
  start_with(hang());
  put_file();
  worker.turn();
  wait_for_process();
  transport.take_beats();
  transport.advance(protocol::beat_interval);
  worker.turn();
  const auto beats = transport.take_beats();
  ASSERT_EQ(beats.size(), 1U);
  EXPECT_EQ(protocol::plain_value<protocol::Busy>(beats[0]), protocol::Busy::disk);
}

}  // namespace
}  // namespace prs
