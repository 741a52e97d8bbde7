#include <fnmatch.h>

#include <algorithm>
#include <random>

#include "file_tree.hpp"

namespace prs::test {
namespace {
namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

class FilePlanGlob : public ::testing::Test {
 protected:
  Strings found(const std::string& pattern) { return all_paths(plan_of({tree.path(pattern)})); }
  FileTree tree;
};

TEST_F(FilePlanGlob, StarQuestionMarkAndBrackets) {
  tree.files({"in/a1.txt", "in/a2.txt", "in/b1.txt", "in/a1.csv", "in/a10.txt"});
  EXPECT_EQ(found("in/*.txt"), tree.paths({"in/a1.txt", "in/a10.txt", "in/a2.txt", "in/b1.txt"}));
  EXPECT_EQ(found("in/a?.txt"), tree.paths({"in/a1.txt", "in/a2.txt"}));
  EXPECT_EQ(found("in/[!a]1.*"), tree.paths({"in/b1.txt"}));
  EXPECT_EQ(found("i[mn]/a[2-9].txt"), tree.paths({"in/a2.txt"}));
}

TEST_F(FilePlanGlob, AQuestionMarkIsACharacterAndOtherBytesDoNoHarm) {
  tree.files({"in/é.txt", "in/ö.txt", "in/\xff.txt", "in/ab.txt"});
  EXPECT_EQ(found("in/[éà].txt"), tree.paths({"in/é.txt"}));
  EXPECT_EQ(found("in/?.txt"), tree.paths({"in/é.txt", "in/ö.txt", "in/\xff.txt"}));
  EXPECT_EQ(found("in/*.txt").size(), 4u);
}

TEST_F(FilePlanGlob, FoldersThatMatchAreTakenWhole) {
  tree.files({"in/2023-a/x/1", "in/2023-b/2", "in/2023", "in/2024/3", "in/2023-a/.h"});
  EXPECT_EQ(found("in/2023*"), tree.paths({"in/2023", "in/2023-a/x/1", "in/2023-b/2"}));
}

TEST_F(FilePlanGlob, TwoStarsStandForAnyFolders) {
  tree.files({"in/a.txt", "in/x/b.txt", "in/x/y/c.txt", "in/x/y/d.csv", "in/.h/e.txt", "in/x/labels/f.csv"});
  EXPECT_EQ(found("in/**/*.txt"), tree.paths({"in/a.txt", "in/x/b.txt", "in/x/y/c.txt"}));
  EXPECT_EQ(found("in/**/y/*"), tree.paths({"in/x/y/c.txt", "in/x/y/d.csv"}));
  EXPECT_EQ(found("in/**").size(), 5u);
  EXPECT_EQ(found("in/**/labels/**/*.csv"), tree.paths({"in/x/labels/f.csv"}));
}

TEST_F(FilePlanGlob, PartsBehindAWildcardThatHaveNoneAreLookedUpOnly) {
  tree.files({"in/a/labels/1", "in/a/other/2", "in/b/labels/3", "in/c/4", "in/d"});
  EXPECT_EQ(found("in/*/labels"), tree.paths({"in/a/labels/1", "in/b/labels/3"}));
  EXPECT_EQ(found("in/?/labels/3"), tree.paths({"in/b/labels/3"}));
}

TEST_F(FilePlanGlob, HiddenNamesNeedADotInThePattern) {
  tree.files({"in/.a", "in/b", "in/.c/d"});
  EXPECT_EQ(found("in/*"), tree.paths({"in/b"}));
  EXPECT_EQ(found("in/.[a-z]*"), tree.paths({"in/.a", "in/.c/d"}));
}

TEST_F(FilePlanGlob, ANameThatExistsIsNoPattern) {
  tree.files({"in/a[1].txt", "in/a1.txt", "run[2]/x1", "run[2]/x2", "run2/x3"});
  EXPECT_EQ(found("in/a[1].txt"), tree.paths({"in/a[1].txt"}));
  EXPECT_EQ(found("run[2]/x*"), tree.paths({"run[2]/x1", "run[2]/x2"}));
}

TEST_F(FilePlanGlob, AStarThatExistsByNameIsTakenWithAWarning) {
  tree.files({"in/*", "in/a"});
  const FilePlan plan = plan_of({tree.path("in/*")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/*"}));
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_NE(plan.warnings()[0].find("is not read as a pattern"), std::string::npos);
}

TEST_F(FilePlanGlob, ABackslashTakesAWildcardsMeaning) {
  tree.files({"in/a*b", "in/acb"});
  EXPECT_EQ(found("in/a\\*b"), tree.paths({"in/a*b"}));
}

TEST_F(FilePlanGlob, LinksAndTheRunFolderAreTreatedAsInAFolder) {
  tree.files({"in/a", "in/run/b", "elsewhere/c"});
  tree.link("../elsewhere", "in/link");
  tree.link("nowhere", "in/broken");
  const FilePlan plan = plan_of({tree.path("in/*")}, {.left_out_folder = tree.path("in/run")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/a", "in/link/c"}));
  EXPECT_EQ(plan.warnings().size(), 1u);
}

/// The meaning of a pattern, written down a second time: `path` fits `pattern`, or lies in a folder that does.
bool fits(const Strings& path, std::size_t i, const Strings& pattern, std::size_t j) {
  if (j == pattern.size())
    return std::none_of(path.begin() + static_cast<std::ptrdiff_t>(i), path.end(),
                        [](const std::string& name) { return name[0] == '.'; });
  if (pattern[j] == "**" && fits(path, i, pattern, j + 1)) return true;
  if (i == path.size()) return false;
  if (pattern[j] == "**") return path[i][0] != '.' && fits(path, i + 1, pattern, j);
  return ::fnmatch(pattern[j].c_str(), path[i].c_str(), FNM_PERIOD) == 0 && fits(path, i + 1, pattern, j + 1);
}

Strings expected_matches(const fs::path& root, const Strings& pattern) {
  Strings result;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const fs::path relative = entry.path().lexically_relative(root);
    if (fits(Strings(relative.begin(), relative.end()), 0, pattern, 0)) result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST(FilePlanGlobProperty, RandomPatternsTakeWhatTheDefinitionSays) {
  const Strings names = {"a", "b", "ab", ".a", "b-", "ba"};
  const Strings parts = {"*", "**", "a*", "?", "[ab]", ".*", "a", "b", "**"};
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const FileTree tree;
    for (int i = 0; i < 60; ++i) {
      std::string folder = "in";
      for (std::size_t depth = random() % 4; depth > 0; --depth) folder += "/" + names[random() % names.size()];
      std::error_code ignored;
      if (fs::create_directories(tree.path(folder), ignored); fs::is_directory(tree.path(folder)))
        if (const std::string file = folder + "/" + names[random() % names.size()]; !fs::exists(tree.path(file)))
          tree.file(file);
    }
    for (int i = 0; i < 40; ++i) {
      Strings pattern = {"*"};  // the first is a wildcard, so that none of it is read literally
      std::string text = "in/*";
      for (std::size_t count = random() % 4; count > 0; --count) {
        pattern.push_back(parts[random() % parts.size()]);
        text += "/" + pattern.back();
      }
      SCOPED_TRACE(text);
      const Strings expected = expected_matches(tree.path("in"), pattern);
      if (expected.empty())
        EXPECT_NE(user_error_of({tree.path(text)}), "");
      else
        EXPECT_EQ(all_paths(plan_of({tree.path(text)})), expected);
    }
  }
}

}  // namespace
}  // namespace prs::test
