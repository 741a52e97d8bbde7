#include "cluster/machine.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace prs {
namespace {

TEST(Machine, KnowsSomeCore) {
  EXPECT_FALSE(allowed_cores().empty());
}

TEST(Machine, KnowsHowManyCoresTheJobMayUse) {
  ::unsetenv("SLURM_CPUS_ON_NODE");
  EXPECT_GE(cores_of_job(), 1U) << "those of the machine's, or container's, first process";
  ::setenv("SLURM_CPUS_ON_NODE", "48", 1);
  EXPECT_EQ(cores_of_job(), 48U);
  ::unsetenv("SLURM_CPUS_ON_NODE");
}

TEST(Machine, CountsGpusAndNothingElseOfTheirDrivers) {
  const TemporaryFolder root;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root.file(name)).parent_path());
    std::ofstream(root.file(name)) << text;
  };
  EXPECT_FALSE(count_gpus(root.path()).is_any());
  for (const char* name : {"nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "nvidia-caps", "null"})
    write(std::string("dev/") + name, "");
  const std::string nodes = "sys/class/kfd/kfd/topology/nodes/";
  write(nodes + "0/gpu_id", "0\n");  // a processor
  write(nodes + "1/gpu_id", "51140\n");
  write(nodes + "2/gpu_id", "7\n");
  write(nodes + "3/name", "");
  EXPECT_EQ(count_gpus(root.path()).nvidia, 3U);
  EXPECT_EQ(count_gpus(root.path()).amd, 2U);
}

TEST(WorldSize, IsTheMasterAndAllWorkers) {
  EXPECT_EQ(world_size_of(2, 3), 7);
  EXPECT_EQ(world_size_of(std::nullopt, 3), 4);
}

TEST(WorldSize, TakesThisMachinesCoresForALeftOutCount) {
  const std::size_t workers = count_gpus().is_any() ? 1 : allowed_cores().size();
  EXPECT_EQ(world_size_of(std::nullopt, std::nullopt), static_cast<int>(1 + workers));
  EXPECT_EQ(world_size_of(4, std::nullopt), static_cast<int>(1 + 4 * workers));
}

}  // namespace
}  // namespace prs
