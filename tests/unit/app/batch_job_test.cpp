#include "app/batch_job.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cluster/launched.hpp"

namespace prs {
namespace {

/// Of a run of this partition that the launcher has started, in a Slurm job of that number or in none.
std::string doubt(const std::string& partition, const char* job, const std::string& result_file = "/tmp/result") {
  set_launcher_result_file(result_file);
  ::setenv("SLURM_JOB_ID", job, 1);
  RunConfig config;
  config.parallel.compute_target = partition;
  std::string text = doubt_about_this_machine(config, "c.yaml");
  ::unsetenv("SLURM_JOB_ID");
  set_launcher_result_file("");
  return text;
}

TEST(BatchJob, APartitionIsForAJobAndNotForAnyMachine) {
  EXPECT_EQ(doubt("gpu", ""),
            "compute_target is 'gpu', and this run is on this machine; for a Slurm job: prs_mpi slurm c.yaml > "
            "job.sbatch, then sbatch job.sbatch");
  EXPECT_EQ(doubt("local", ""), "");
  EXPECT_EQ(doubt("gpu", "7"), "") << "it is that job";
  EXPECT_EQ(doubt("gpu", "", ""), "") << "an mpirun of the user's own";
}

}  // namespace
}  // namespace prs
