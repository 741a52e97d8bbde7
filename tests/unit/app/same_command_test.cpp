#include "app/same_command.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cluster/launched.hpp"

namespace prs {
namespace {

class SameCommand : public ::testing::Test {
 protected:
  SameCommand() {
    forget_job();
    set_launcher_result_file("");
  }
  ~SameCommand() override {
    set_launcher_result_file("");
    forget_job();
  }
  static void forget_job() {
    for (const char* name : {"SLURM_JOB_ID", "SLURM_JOB_NAME", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"})
      ::unsetenv(name);
  }
  static std::string command(const std::vector<std::string>& words) {
    CommandLine line;
    line.words = words;
    const std::string text = command_to_go_on(line, 5);
    return text.starts_with("cd ") ? text.substr(text.find(" && ") + 4) : text;
  }
};

TEST_F(SameCommand, OfAnMpirunOfTheUsersHasItsRanks) {
  EXPECT_EQ(command({"count.yaml"}), "mpirun -n 5 prs_mpi count.yaml");
}

TEST_F(SameCommand, OfTheLauncherIsAsItWasTyped) {
  set_launcher_result_file("/tmp/x");
  EXPECT_EQ(command({"run", "my count.yaml", "--set", "name=it's"}),
            "prs_mpi run 'my count.yaml' --set 'name=it'\\''s'");
}

TEST_F(SameCommand, DeletesNothingAndRetriesNothingTwice) {
  set_launcher_result_file("/tmp/x");
  EXPECT_EQ(command({"count.yaml", "--overwrite", "--retry-failed", "--", "--overwrite"}),
            "prs_mpi count.yaml -- --overwrite");
}

TEST_F(SameCommand, InAJobOfSlurmsIsToSubmitItAgain) {
  ::setenv("SLURM_JOB_ID", "42", 1);
  EXPECT_EQ(command({"count.yaml"}), "sbatch, with the batch script of Slurm job 42");
}

TEST_F(SameCommand, InAJobArrayIsToSubmitThatTaskAgain) {
  ::setenv("SLURM_JOB_ID", "45", 1);
  ::setenv("SLURM_ARRAY_JOB_ID", "42", 1);
  ::setenv("SLURM_ARRAY_TASK_ID", "3", 1);
  EXPECT_EQ(command({"run", "count.yaml", "--slice", "3/8"}),
            "sbatch --array=3, with the batch script of Slurm job 42");
}

}  // namespace
}  // namespace prs
