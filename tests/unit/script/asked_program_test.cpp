#include "script/asked_program.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace prs {
namespace {

struct Shell {
  explicit Shell(const std::string& words)
      : program(PRS_TEST_KEEPER, {"/bin/sh", "-c", words}, {"PATH=/usr/bin:/bin"},
                Clock::now() + std::chrono::minutes(1)) {}
  AskedProgram program;
};

TEST(AskedProgram, GivesItsWholeAnswerAndItsComplaints) {
  Shell shell("yes 12345678 | head -n 10000; echo no >&2; exit 3");
  shell.program.wait();
  EXPECT_EQ(shell.program.answer().size(), 90000u);
  EXPECT_EQ(shell.program.complaints(), "no\n");
  EXPECT_FALSE(shell.program.is_late());
  ASSERT_TRUE(shell.program.wait_status());
  EXPECT_EQ(WEXITSTATUS(*shell.program.wait_status()), 3);
}

TEST(AskedProgram, IsKilledWithAllThatItStartedWhenItsTimeIsUp) {
  Shell shell("sleep 1000 & echo $$ $!; sleep 1000");
  while (!shell.program.answer().ends_with("\n")) shell.program.poll(Clock::now());
  pid_t own = 0, child = 0;
  ASSERT_EQ(std::sscanf(shell.program.answer().c_str(), "%d %d", &own, &child), 2);
  shell.program.poll(Clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(shell.program.is_late());
  while (!shell.program.is_over()) shell.program.poll(Clock::now());
  EXPECT_NE(::kill(own, 0), 0);
  EXPECT_NE(::kill(child, 0), 0);
}

TEST(AskedProgram, SaysWhyItCouldNotBeStarted) {
  AskedProgram program(PRS_TEST_KEEPER, {"/no/such/program"}, {}, Clock::now() + std::chrono::minutes(1));
  program.wait();
  ASSERT_TRUE(program.start_failure());
  EXPECT_EQ(program.start_failure()->stage, StartStage::command);
  EXPECT_EQ(program.answer(), "");
}

}  // namespace
}  // namespace prs
