#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <set>

#include "file_tree.hpp"

namespace prs::test {
namespace {
namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

/// All files below a folder that are not hidden, sorted as plain strings: what a plan must be equal to.
std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().native().starts_with('.')) continue;
    if (entry.is_directory())
      files.merge(files_below(entry.path()));
    else
      files.insert(entry.path());
  }
  return files;
}

Strings as_list(const std::set<std::string>& paths) {
  return {paths.begin(), paths.end()};
}

/// Names that begin alike, end in bytes around '/', or differ only behind the eighth byte.
std::string random_name(std::mt19937& random) {
  static const Strings pieces = {"a", "b", "-", ".", "0", "\x01", "\xff", " ", "common-prefix-", "A", "\n", "é"};
  std::string name = random() % 3 == 0 ? "the-same-long-beginning-" : "";
  for (std::size_t i = 0, count = 1 + random() % 4; i < count; ++i) name += pieces[random() % pieces.size()];
  return name == "." || name == ".." ? "x" : name;
}

void fill(const FileTree& tree, const std::string& folder, int depth, std::mt19937& random) {
  for (std::size_t i = 0, count = random() % 9; i < count; ++i) {
    const std::string child = folder + "/" + random_name(random);
    if (fs::exists(tree.path(child))) continue;
    if (depth > 0 && random() % 3 == 0) {
      tree.folder(child);
      fill(tree, child, depth - 1, random);
    } else {
      tree.file(child);
    }
  }
}

TEST(FilePlanOrder, EqualsAPlainSortOfAllPathsForRandomTrees) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const FileTree tree;
    tree.file("in/always");
    fill(tree, "in", 4, random);
    EXPECT_EQ(all_paths(plan_of({tree.path("in")})), as_list(files_below(tree.path("in"))));
  }
}

TEST(FilePlanOrder, OverlappingPathsOfOneInputGiveEachFileOnce) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const FileTree tree;
    tree.files({"in/a", "in/a-b/x", "in/b/a", "in/b/b/z"});
    fill(tree, "in", 3, random);
    Strings paths;
    std::set<std::string> expected;
    for (const auto& entry : fs::recursive_directory_iterator(tree.path("in"))) {
      if (entry.path().native().find("/.") != std::string::npos || random() % 3 != 0) continue;
      std::set<std::string> files;
      if (entry.is_directory())
        files = files_below(entry.path());
      else
        files = {entry.path()};
      if (files.empty()) continue;
      paths.push_back(entry.path());
      expected.merge(files);
    }
    if (paths.empty()) continue;
    std::shuffle(paths.begin(), paths.end(), random);
    EXPECT_EQ(all_paths(plan_of(paths)), as_list(expected));
  }
}

TEST(FilePlanOrder, AFolderSortsWithItsSlash) {
  const FileTree tree;
  tree.files({"in/a/1", "in/a-1", "in/a.1", "in/a0", "in/a!/2"});
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})), tree.paths({"in/a!/2", "in/a-1", "in/a.1", "in/a/1", "in/a0"}));
}

TEST(FilePlanOrder, SeveralFoldersInAnyOrderGiveTheSamePlan) {
  const FileTree tree;
  tree.files({"2023/a", "2023-extra/b", "2024/c", "2024.txt", "2022.txt"});
  const Strings expected = tree.paths({"2022.txt", "2023-extra/b", "2023/a", "2024.txt", "2024/c"});
  Strings given = tree.paths({"2022.txt", "2023", "2023-extra", "2024", "2024.txt"});
  const std::uint64_t fingerprint = plan_of(given).fingerprint();
  do {
    const FilePlan plan = plan_of(given);
    EXPECT_EQ(all_paths(plan), expected);
    EXPECT_EQ(plan.fingerprint(), fingerprint);
  } while (std::next_permutation(given.begin(), given.end()));
}

TEST(FilePlanOrder, PathsAreMadeNormalAndLinksInThemStay) {
  const FileTree tree;
  tree.file("real/a");
  tree.link("real", "alias");
  EXPECT_EQ(all_paths(plan_of({tree.root() + "//./alias/../alias/"})), tree.paths({"alias/a"}));
}

TEST(FilePlanOrder, AnyByteMayOccurInAName) {
  const FileTree tree;
  const Strings names = {"\n", "-rf",      "a b",      "line\nbreak", "quote'\"", "tab\t",
                         "\\", "\xc3\x28", "\xff\xfe", "*",           "[",        "日本"};
  for (const std::string& name : names) tree.file("in/" + name);
  Strings expected = tree.paths(names);
  for (std::string& path : expected) path.insert(tree.root().size(), "/in");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})), expected);
  for (const std::string& name : names) EXPECT_EQ(all_paths(plan_of({tree.path("in/" + name)})).size(), 1u) << name;
}

TEST(FilePlanOrder, NamesOfTheGreatestLengthThatDifferInTheLastByte) {
  const FileTree tree;
  const std::string beginning(254, 'x');
  tree.files({"in/" + beginning + "b", "in/" + beginning, "in/" + beginning + "a"});
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})),
            tree.paths({"in/" + beginning, "in/" + beginning + "a", "in/" + beginning + "b"}));
}

/// A chain of folders with a file in each, and one more folder that sorts behind the chain; too long for a path in one
/// piece.
Strings make_deep_tree(const FileTree& tree, std::size_t depth, std::size_t name_length) {
  const std::string name(name_length, 'm');
  Strings paths;
  std::string path = tree.path("deep");
  tree.folder("deep");
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
  for (std::size_t level = 0; level < depth; ++level) {
    for (const char* file : {"a", "z/1"}) {
      if (std::string(file) == "z/1") ::mkdirat(folder.get(), "z", 0755);
      const UniqueFd made(::openat(folder.get(), file, O_WRONLY | O_CREAT, 0644));
      paths.push_back(path + "/" + file);
    }
    ::mkdirat(folder.get(), name.c_str(), 0755);
    folder.reset(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    EXPECT_TRUE(folder) << level;
    path += "/" + name;
  }
  const UniqueFd last(::openat(folder.get(), "last", O_WRONLY | O_CREAT, 0644));
  paths.push_back(path + "/last");
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(FilePlanOrder, ATreeDeeperThanPathMaxNeedsFewDescriptors) {
  const FileTree tree;
  const Strings expected = make_deep_tree(tree, 300, 40);
  ASSERT_GT(expected.back().size(), 0u);
  ASSERT_TRUE(std::any_of(expected.begin(), expected.end(), [](const auto& path) { return path.size() > 8192; }));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 90;
  ::setrlimit(RLIMIT_NOFILE, &few);
  const Strings found = all_paths(plan_of({tree.path("deep")}));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(found, expected);
}

TEST(FilePlanOrder, AFileWhosePathIsLongerThanPathMaxCanBeNamed) {
  const FileTree tree;
  const Strings all = make_deep_tree(tree, 40, 200);
  const std::string& longest =
      *std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  ASSERT_GT(longest.size(), 8000u);
  EXPECT_EQ(all_paths(plan_of({longest})), Strings{longest});
}

}  // namespace
}  // namespace prs::test
