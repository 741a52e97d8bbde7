#include "farm/hosts_question.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

class HostsQuestionTest : public ::testing::Test {
 protected:
  HostsQuestionTest() {
    for (const char* name : {"data", "scripts", "runs"}) fs::create_directory(folder.file(name));
    std::ofstream(folder.file("data/a.csv")) << "1";
    std::ofstream(folder.file("scripts/entry.py")) << "x";
    config.inputs.push_back({"items", {folder.file("data")}});
    config.output = folder.file("runs/today/out");
    config.parallel.source_directory = folder.file("scripts");
    config.parallel.entry_script = "entry.py";
  }
  /// "WHAT PATH" of each.
  std::vector<std::string> asked(bool is_required = true) {
    std::vector<std::string> texts;
    for (const SharedPath& path : hosts_question(config).paths)
      if (path.is_required == is_required && path.kind != SharedPath::Kind::program)
        texts.push_back(path.what + " " + path.path);
    return texts;
  }

  TemporaryFolder folder;
  RunConfig config;
};

TEST_F(HostsQuestionTest, AsksForScriptInputAndTheFolderOfTheRunFolder) {
  EXPECT_EQ(asked(),
            (std::vector<std::string>{
                "entry script " + folder.file("scripts/entry.py"), "source directory " + folder.file("scripts"),
                "input 'items' " + folder.file("data"), "folder of the run folder " + folder.file("runs")}));
  EXPECT_EQ(asked(false), std::vector<std::string>{});
}

TEST_F(HostsQuestionTest, AsksForTheRunFolderOnceItIsThere) {
  fs::create_directories(config.output);
  EXPECT_EQ(asked().back(), "run folder " + config.output);
}

TEST_F(HostsQuestionTest, MarksTheFolderOfTheRunFolderForAsLongAsItAsks) {
  {
    const HostsQuestion question = hosts_question(config);
    ASSERT_NE(question.mark, nullptr);
    EXPECT_TRUE(fs::is_directory(folder.file("runs/" + question.mark->name())));
    EXPECT_EQ(question.paths.back().mark, question.mark->name());
  }
  EXPECT_TRUE(fs::is_empty(folder.file("runs")));
}

TEST_F(HostsQuestionTest, AsksForTheFolderOfAPatternAndForTheFirstOfManyPaths) {
  config.inputs[0].paths = {folder.file("data/*.csv")};
  for (int i = 0; i < 1000; ++i) config.inputs[0].paths.push_back(folder.file("data/a.csv"));
  const std::vector<std::string> texts = asked();
  EXPECT_EQ(texts[2], "input 'items' " + folder.file("data"));
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "input 'items' " + folder.file("data/a.csv")), 15);
}

TEST_F(HostsQuestionTest, WarnsOfModelsAndSideInputs) {
  config.side_inputs["labels"] = folder.file("data/a.csv");
  config.models["digits"].path = folder.file("data");
  EXPECT_EQ(asked(false), (std::vector<std::string>{"side input 'labels' " + folder.file("data/a.csv"),
                                                    "model 'digits' " + folder.file("data")}));
}

TEST_F(HostsQuestionTest, AsksForTheInterpreterAsAProgram) {
  config.parallel.environment = Environment{Environment::Kind::python, "/bin/sh", {}};
  const auto paths = hosts_question(config).paths;
  const auto program =
      std::find_if(paths.begin(), paths.end(), [](const SharedPath& path) { return path.what == "interpreter"; });
  ASSERT_NE(program, paths.end());
  EXPECT_EQ(program->path, "/bin/sh");
  EXPECT_EQ(program->kind, SharedPath::Kind::program);
}

/// What is wrong with them is said where they are used.
TEST_F(HostsQuestionTest, LeavesOutWhatRank0DoesNotSeeItself) {
  config.parallel.entry_script = "missing.py";
  config.parallel.environment = Environment{Environment::Kind::python, "/no/such/python", {}};
  const std::vector<std::string> texts = asked();
  EXPECT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts.front(), "source directory " + folder.file("scripts"));
}

}  // namespace
}  // namespace prs
