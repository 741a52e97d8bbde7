#include "script/gpu_choice.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using Variables = std::map<std::string, std::string>;

Variables chosen(Variables variables, const GpusOfHost& gpus, std::size_t place, std::size_t workers) {
  choose_gpu(variables, gpus, {place, workers});
  return variables;
}

GpusOfHost nvidia(std::size_t count) {
  return {std::nullopt, count, 0};
}
GpusOfHost amd(std::size_t count) {
  return {std::nullopt, 0, count};
}

TEST(GpuChoice, IsTheWorkersPlaceAmongTheMachinesGpus) {
  EXPECT_EQ(chosen({}, nvidia(4), 1, 2), (Variables{{"CUDA_VISIBLE_DEVICES", "1"}}));
  EXPECT_EQ(chosen({}, nvidia(2), 1, 2), (Variables{{"CUDA_VISIBLE_DEVICES", "1"}}));
  EXPECT_EQ(chosen({}, nvidia(2), 1, 3), Variables{}) << "not one for each";
  EXPECT_EQ(chosen({}, nvidia(0), 0, 1), Variables{});
}

TEST(GpuChoice, IsAnIndexIntoTheAllocationsList) {
  const GpusOfHost machine = nvidia(8);
  EXPECT_EQ(chosen({{"CUDA_VISIBLE_DEVICES", "3,5"}}, machine, 1, 2), (Variables{{"CUDA_VISIBLE_DEVICES", "5"}}));
  EXPECT_EQ(chosen({{"CUDA_VISIBLE_DEVICES", "GPU-8a, MIG-7/1/0"}}, machine, 1, 2),
            (Variables{{"CUDA_VISIBLE_DEVICES", "MIG-7/1/0"}}));
  EXPECT_EQ(chosen({{"CUDA_VISIBLE_DEVICES", "3"}}, machine, 0, 2), Variables{}) << "one for two";
}

TEST(GpuChoice, LeavesHiddenWhatIsHidden) {
  for (const char* hidden : {"", "-1", "NoDevFiles"})
    EXPECT_EQ(chosen({{"CUDA_VISIBLE_DEVICES", hidden}}, nvidia(2), 0, 1),
              (Variables{{"CUDA_VISIBLE_DEVICES", hidden}}));
  EXPECT_EQ(chosen({{"ROCR_VISIBLE_DEVICES", ""}}, amd(2), 0, 1), (Variables{{"ROCR_VISIBLE_DEVICES", ""}}));
}

TEST(GpuChoice, TakesTheConfigurationsWordBeforeSlurmsAndThatBeforeTheMachines) {
  const Variables slurm = {{"SLURM_GPUS_ON_NODE", "2"}};
  const auto gpu_of = [](const Variables& variables) {
    const auto found = variables.find("CUDA_VISIBLE_DEVICES");
    return found == variables.end() ? "(unset)" : found->second;
  };
  EXPECT_EQ(gpu_of(chosen(slurm, nvidia(8), 1, 2)), "1");
  EXPECT_EQ(gpu_of(chosen(slurm, nvidia(8), 2, 3)), "(unset)") << "the machine has eight, the job two";
  EXPECT_EQ(gpu_of(chosen(slurm, {4, 8, 0}, 2, 3)), "2");
  EXPECT_EQ(gpu_of(chosen(slurm, {0, 8, 0}, 0, 1)), "(unset)");
  EXPECT_EQ(gpu_of(chosen({{"CUDA_VISIBLE_DEVICES", "4,5,6,7"}}, {2, 8, 0}, 1, 2)), "5");
  EXPECT_EQ(gpu_of(chosen({{"CUDA_VISIBLE_DEVICES", "4,5,6,7"}}, {2, 8, 0}, 2, 4)), "(unset)");
}

TEST(GpuChoice, KeepsWhatSlurmGaveToTheTaskAlone) {
  const Variables task = {{"SLURM_GPUS_PER_TASK", "2"}, {"SLURM_GPUS_ON_NODE", "4"}, {"CUDA_VISIBLE_DEVICES", "2,3"}};
  EXPECT_EQ(chosen(task, nvidia(4), 1, 2), task);
  Variables batch = task;  // mpirun in the batch script: the list is still the node's
  batch["CUDA_VISIBLE_DEVICES"] = "0,1,2,3";
  EXPECT_EQ(chosen(batch, nvidia(4), 1, 2)["CUDA_VISIBLE_DEVICES"], "1");
}

TEST(GpuChoice, SpeaksToAmdsRuntime) {
  EXPECT_EQ(chosen({}, amd(4), 3, 4), (Variables{{"ROCR_VISIBLE_DEVICES", "3"}}));
  EXPECT_EQ(chosen({{"ROCR_VISIBLE_DEVICES", "2,3"}}, amd(4), 1, 2), (Variables{{"ROCR_VISIBLE_DEVICES", "3"}}));
  EXPECT_EQ(chosen({{"HIP_VISIBLE_DEVICES", "2,3"}}, amd(4), 1, 2), (Variables{{"HIP_VISIBLE_DEVICES", "3"}}));
  EXPECT_EQ(chosen({{"ROCR_VISIBLE_DEVICES", "4,6"}, {"HIP_VISIBLE_DEVICES", "1,0"}}, amd(8), 1, 2),
            (Variables{{"ROCR_VISIBLE_DEVICES", "4,6"}, {"HIP_VISIBLE_DEVICES", "0"}}))
      << "HIP's numbers count within what the runtime leaves";
}

/// Slurm sets each of them; HIP would look for number 3 among the one that the runtime leaves.
TEST(GpuChoice, LeavesNoSecondNumberToHip) {
  const Variables slurm = {
      {"CUDA_VISIBLE_DEVICES", "2,3"}, {"ROCR_VISIBLE_DEVICES", "2,3"}, {"GPU_DEVICE_ORDINAL", "2,3"}};
  EXPECT_EQ(chosen(slurm, amd(4), 1, 2), (Variables{{"ROCR_VISIBLE_DEVICES", "3"}}));
  const Variables both = chosen(slurm, nvidia(4), 1, 2);
  EXPECT_EQ(both.at("CUDA_VISIBLE_DEVICES"), "3");
  EXPECT_EQ(both.at("ROCR_VISIBLE_DEVICES"), "3");
}

}  // namespace
}  // namespace prs
