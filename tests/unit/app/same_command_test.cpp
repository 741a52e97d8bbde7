#include "app/same_command.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cluster/launched.hpp"

namespace prs {
namespace {

class SameCommand : public ::testing::Test {
 protected:
  SameCommand() {
    for (const char* name : {"SLURM_JOB_ID", "SLURM_JOB_NAME"}) ::unsetenv(name);
    set_launcher_result_file("");
  }
  ~SameCommand() override {
    set_launcher_result_file("");
    ::unsetenv("SLURM_JOB_ID");
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

}  // namespace
}  // namespace prs
