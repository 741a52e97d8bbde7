#include "script/host_environment.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

std::string value_of(const std::vector<std::string>& words, const std::string& name) {
  for (const std::string& word : words)
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  return "(unset)";
}

TEST(HostEnvironment, LeavesOutMpiEvenWhereTheUserSetsIt) {
  HostEnvironmentInput input;
  input.inherited = {"HOME=/h",
                     "OMPI_X=1",
                     "PMIX_RANK=0",
                     "PMI_RANK=0",
                     "PRTE_A=1",
                     "ORTE_B=1",
                     "OPAL_C=1",
                     "PMIXED=yes",
                     "PRS_LAUNCHER_RESULT=/r",
                     "PRS_LAUNCHER_NEW=1",
                     "PRS_JOB=/7"};
  input.variables = {{"OMPI_COMM_WORLD_RANK", "0"}, {"MINE", "a=b"}};
  const auto words = host_environment(input);
  for (const char* name : {"OMPI_X", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "PRTE_A", "ORTE_B", "OPAL_C",
                           "PRS_LAUNCHER_RESULT", "PRS_LAUNCHER_NEW"})
    EXPECT_EQ(value_of(words, name), "(unset)") << name;
  EXPECT_EQ(value_of(words, "HOME"), "/h");
  EXPECT_EQ(value_of(words, "PRS_JOB"), "/7") << "the mark by which a launcher knows what was left of its job";
  EXPECT_EQ(value_of(words, "MINE"), "a=b");
  EXPECT_EQ(value_of(words, "PMIXED"), "yes");
}

TEST(HostEnvironment, TellsTheScriptItsPlace) {
  HostEnvironmentInput input;
  input.run_folder = "/run";
  input.run_id = "r1";
  input.model_folder = "/models";
  input.node_index = 2;
  input.process_index = 5;
  input.worker_count = 8;
  const auto words = host_environment(input);
  EXPECT_EQ(value_of(words, "AZUREML_BI_OUTPUT_PATH"), "/run");
  EXPECT_EQ(value_of(words, "AZUREML_RUN_ID"), "r1");
  EXPECT_EQ(value_of(words, "AZUREML_MODEL_DIR"), "/models");
  EXPECT_EQ(value_of(words, "PRS_NODE_INDEX"), "2");
  EXPECT_EQ(value_of(words, "PRS_PROCESS_INDEX"), "5");
  EXPECT_EQ(value_of(words, "PRS_WORKER_COUNT"), "8");
}

TEST(HostEnvironment, GivesEachWorkerOneGpuUnlessTheUserDecided) {
  HostEnvironmentInput input;
  input.workers_on_host = 2;
  input.place_on_host = 1;
  input.gpus.nvidia = 4;
  EXPECT_EQ(value_of(host_environment(input), "CUDA_VISIBLE_DEVICES"), "1");
  input.variables = {{"CUDA_VISIBLE_DEVICES", "7"}};
  EXPECT_EQ(value_of(host_environment(input), "CUDA_VISIBLE_DEVICES"), "7");
  EXPECT_EQ(value_of(host_environment({}), "CUDA_VISIBLE_DEVICES"), "(unset)");
}

TEST(HostEnvironment, SharesTheCoresUnlessTheUserDecided) {
  HostEnvironmentInput input;
  input.cores = 16;
  input.workers_on_host = 3;
  EXPECT_EQ(value_of(host_environment(input), "OMP_NUM_THREADS"), "5");
  EXPECT_EQ(value_of(host_environment(input), "OPENBLAS_NUM_THREADS"), "5");
  input.workers_on_host = 40;
  EXPECT_EQ(value_of(host_environment(input), "MKL_NUM_THREADS"), "1");
  input.variables = {{"OMP_NUM_THREADS", "12"}};
  EXPECT_EQ(value_of(host_environment(input), "OMP_NUM_THREADS"), "12");
  EXPECT_EQ(value_of(host_environment(input), "OPENBLAS_NUM_THREADS"), "(unset)");
}

}  // namespace
}  // namespace prs
