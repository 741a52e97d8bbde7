#include "cluster/batch_script.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace prs {
namespace {

using Launcher = BatchScript::Launcher;

std::string template_file(Launcher launcher) {
  return std::string(PRS_SLURM_FOLDER) + "/prs_mpi-" + name_of(launcher) + ".sbatch";
}

BatchScript template_of(Launcher launcher) {
  BatchScript script;
  script.launcher = launcher;
  script.time_limit = "04:00:00";
  return script;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

class EachLauncher : public ::testing::TestWithParam<Launcher> {};
INSTANTIATE_TEST_SUITE_P(BatchScript, EachLauncher, ::testing::Values(Launcher::srun, Launcher::mpirun),
                         [](const auto& launcher) { return name_of(launcher.param); });

TEST_P(EachLauncher, ItsTemplateIsWhatIsCheckedIn) {
  const std::string file = template_file(GetParam());
  if (std::getenv("PRS_WRITE_TEMPLATES")) std::ofstream(file) << text_of(template_of(GetParam()));
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), text_of(template_of(GetParam()))) << "write it anew with PRS_WRITE_TEMPLATES=1";
}

TEST_P(EachLauncher, WithACommandIsTheTemplateWithOtherSettings) {
  BatchScript script = template_of(GetParam());
  script.words = {"/c.yaml"};
  // From the ranks' count on, both are the same shell text.
  const auto body = [](const std::string& text) { return text.substr(text.find("# The world: ")); };
  EXPECT_EQ(body(text_of(script)), body(text_of(template_of(GetParam()))));
}

TEST(BatchScript, AsksForWhatTheRunNeeds) {
  BatchScript script;
  script.job_name = "digits";
  script.partition = "gpu";
  script.node_count = 4;
  script.process_count_per_node = 8;
  script.cpus_per_task = 3;
  script.gpus_per_node = 8;
  script.time_limit = "2-0";
  script.warning_seconds = 300;
  script.words = {"/c.yaml"};
  const std::string text = text_of(script);
  for (const char* line :
       {"#SBATCH --job-name=digits", "#SBATCH --partition=gpu", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=8",
        "#SBATCH --cpus-per-task=3", "#SBATCH --gpus-per-node=8", "#SBATCH --time=2-0", "#SBATCH --signal=B:USR1@300",
        "#SBATCH --requeue", "#SBATCH --open-mode=append"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
}

TEST(BatchScript, WhatIsNotGivenIsACommentedLine) {
  BatchScript script;
  script.words = {"/c.yaml"};
  script.gpus_per_node = 0;
  const std::string text = text_of(script);
  // With it, a job that loses its first machine hangs without its batch script (slurm/README.md).
  EXPECT_EQ(text.find("--no-kill"), std::string::npos);
  for (const char* line : {"##SBATCH --partition=NAME", "##SBATCH --gpus-per-node=2", "##SBATCH --time=04:00:00"})
    EXPECT_TRUE(has_line(text, line)) << line;
  EXPECT_EQ(text.find("\n#SBATCH --time"), std::string::npos);
}

TEST(BatchScript, TheCommandIsQuotedWordByWord) {
  BatchScript script;
  script.program = "/opt/my tools/prs_mpi";
  script.words = {"/data/it's.yaml", "--set", "name=a b"};
  script.working_folder = "/home/a $b";
  const std::string text = text_of(script);
  EXPECT_TRUE(has_line(text, "set -- '/data/it'\\''s.yaml' --set 'name=a b' \"$@\"")) << text;
  EXPECT_TRUE(has_line(text, "cd '/home/a $b' || exit 2")) << text;
  EXPECT_NE(text.find("\nprs_mpi='/opt/my tools/prs_mpi' #"), std::string::npos) << text;
}

TEST(BatchScript, MoreOptionsComeBeforeTheScriptsOwnArguments) {
  BatchScript script;
  script.words = {"/c.yaml"};
  script.has_script_arguments = true;
  script.script_arguments = {"--x", ""};
  EXPECT_TRUE(has_line(text_of(script), "set -- /c.yaml \"$@\" -- --x ''"));
}

TEST(BatchScript, AnArrayHasATaskForEachSliceAndOneForTheJoin) {
  BatchScript script;
  script.words = {"/c.yaml"};
  script.working_folder = "/home";
  script.has_script_arguments = true;
  script.script_arguments = {"--x"};
  script.slices = 8;
  const std::string text = text_of(script);
  for (const char* line : {"#SBATCH --array=1-8", "#SBATCH --output=%x-%A_%a.log", "slices=8", "cd /home || exit 2",
                           "  set -- /c.yaml --slice \"$SLURM_ARRAY_TASK_ID/$slices\" \"$@\" -- --x",
                           "  set -- join /c.yaml --slices \"$slices\" -- --x"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  script.slices = 0;
  EXPECT_EQ(text_of(script).find("--array="), std::string::npos);
}

TEST(BatchScript, ALineBreakInANameEndsNoComment) {
  BatchScript script;
  script.words = {"/a\nrm -rf b"};
  script.job_name = job_name_of("a\n#SBATCH --nodes=9 %j/ü");
  const std::string text = text_of(script);
  EXPECT_FALSE(has_line(text, "#SBATCH --nodes=9 %j/ü"));
  EXPECT_NE(text.find("prs_mpi slurm /a?rm -rf b\n"), std::string::npos) << text;
  EXPECT_TRUE(has_line(text, "#SBATCH --job-name=a__SBATCH_--nodes=9__j___")) << text;
}

TEST(TimeLimit, HasTheFormsOfSbatch) {
  const auto seconds = [](const char* text) { return seconds_of_time_limit(text).value_or(0); };
  EXPECT_EQ(seconds("90"), 5400u);
  EXPECT_EQ(seconds("90:30"), 5430u);
  EXPECT_EQ(seconds("4:00:01"), 14401u);
  EXPECT_EQ(seconds("2-0"), 172800u);
  EXPECT_EQ(seconds("1-2"), 93600u);
  EXPECT_EQ(seconds("1-2:30"), 95400u);
  EXPECT_EQ(seconds("1-02:30:15"), 95415u);
  for (const char* text : {"", "4h", "0", "00:00:00", "1:2:3:4", "1-", "-1", "1-2-3", ":", "1:", "99999999999", " 5"})
    EXPECT_EQ(seconds_of_time_limit(text), std::nullopt) << text;
}

TEST(Warning, LeavesRoomForTheGracePeriodAndMostOfAShortLimit) {
  EXPECT_EQ(warning_seconds_for(30, std::nullopt), 120u);
  EXPECT_EQ(warning_seconds_for(300.5, std::nullopt), 391u);
  EXPECT_EQ(warning_seconds_for(30, 14400), 120u);
  EXPECT_EQ(warning_seconds_for(30, 60), 15u);
  EXPECT_EQ(warning_seconds_for(1e300, std::nullopt), 65535u);
}

}  // namespace
}  // namespace prs
