#include <cstdio>

#include "file_tree.hpp"

namespace prs::test {
namespace {
using Strings = std::vector<std::string>;

void make_numbered(const FileTree& tree, const std::string& folder, int count) {
  for (int i = 0; i < count; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "/%06d", i);
    tree.file(folder + name);
  }
}

TEST(FilePlanSplit, MiniBatchesNeverMixInputsAndTheLastOfEachMayBeShort) {
  const FileTree tree;
  make_numbered(tree, "one", 7);
  make_numbered(tree, "two", 6);
  make_numbered(tree, "three", 1);
  const FilePlan plan =
      FilePlan::make({{"one", {tree.path("one")}}, {"two", {tree.path("two")}}, {"three", {tree.path("three")}}},
                     {.files_per_mini_batch = 3});
  EXPECT_EQ(plan.item_count(), 14u);
  ASSERT_EQ(plan.mini_batch_count(), 6u);
  const std::string inputs[] = {"one", "one", "one", "two", "two", "three"};
  const std::uint32_t counts[] = {3, 3, 1, 3, 3, 1};
  for (std::uint64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(plan.input_name_of({i}), inputs[i]) << i;
    EXPECT_EQ(plan.item_count_of({i}), counts[i]) << i;
    EXPECT_EQ(item_count(plan.items_of({i})), counts[i]) << i;
  }
  EXPECT_EQ(paths_in(plan.items_of({2})), tree.paths({"one/000006"}));
  EXPECT_EQ(paths_in(plan.items_of({3})), tree.paths({"two/000000", "two/000001", "two/000002"}));
}

TEST(FilePlanSplit, AllSizesHoldEveryItemOnce) {
  const FileTree tree;
  make_numbered(tree, "in", 13);
  const Strings all = all_paths(plan_of({tree.path("in")}, {.files_per_mini_batch = 1}));
  for (std::uint64_t size : {2u, 12u, 13u, 14u, 2147483647u}) {
    const FilePlan plan = plan_of({tree.path("in")}, {.files_per_mini_batch = size});
    EXPECT_EQ(plan.mini_batch_count(), (13 + size - 1) / size);
    EXPECT_EQ(all_paths(plan), all);
  }
}

TEST(FilePlanSplit, AMiniBatchWhosePathsAreTooManyBytesIsRefusedByName) {
  const FileTree tree;
  make_numbered(tree, "few", 2);
  make_numbered(tree, "in", 7);
  const std::uint64_t each = tree.path("in/000000").size() + 1;
  const auto plan = [&](std::uint64_t most_bytes) {
    return FilePlan::make({{"small", {tree.path("few")}}, {"large", {tree.path("in")}}},
                          {.files_per_mini_batch = 3, .most_bytes_of_mini_batch = most_bytes});
  };
  EXPECT_EQ(plan(3 * each).mini_batch_count(), 4u);
  try {
    plan(3 * each - 1);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()), "input 'large': the paths of the 3 files of mini-batch 1 take " +
                                             std::to_string(3 * each) + " bytes, and at most " +
                                             std::to_string(3 * each - 1) +
                                             " can be handed to a script at once: lower mini_batch_size");
  }
}

TEST(FilePlanSplit, TwoInputsMayHoldTheSameFile) {
  const FileTree tree;
  tree.file("a");
  const FilePlan plan = FilePlan::make({{"x", {tree.path("a")}}, {"y", {tree.path("a")}}}, {});
  EXPECT_EQ(plan.mini_batch_count(), 2u);
}

TEST(FilePlanSplit, TheSameInputGivesTheSamePlan) {
  const FileTree tree;
  make_numbered(tree, "in/b", 30);
  make_numbered(tree, "in/a", 30);
  const FilePlan first = plan_of({tree.path("in")}), second = plan_of({tree.path("in")});
  EXPECT_EQ(all_paths(first), all_paths(second));
  EXPECT_EQ(first.fingerprint(), second.fingerprint());
}

TEST(FilePlanSplit, TheFingerprintTellsPathsNamesAndSizesApart) {
  const FileTree tree;
  tree.files({"in/a", "in/b"});
  const std::uint64_t fingerprint = plan_of({tree.path("in")}).fingerprint();
  EXPECT_NE(plan_of({tree.path("in")}, {.files_per_mini_batch = 11}).fingerprint(), fingerprint);
  EXPECT_NE(FilePlan::make({{"other", {tree.path("in")}}}, {}).fingerprint(), fingerprint);
  EXPECT_NE(FilePlan::make({{"numbers", {tree.path("in/a")}}, {"more", {tree.path("in/b")}}}, {}).fingerprint(),
            FilePlan::make({{"numbers", {tree.path("in")}}, {"more", {tree.path("in/b")}}}, {}).fingerprint());
  tree.file("in/c");
  EXPECT_NE(plan_of({tree.path("in")}).fingerprint(), fingerprint);
}

TEST(FilePlanSplit, TheFinishedPlanCostsThePathsAndAFewBytesAMiniBatch) {
  const FileTree tree;
  make_numbered(tree, "in", 20'000);
  for (std::uint64_t size : {1u, 7u, 1000u}) {
    const FilePlan plan = plan_of({tree.path("in")}, {.files_per_mini_batch = size});
    std::size_t path_bytes = 0;  // each with its NUL
    for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) path_bytes += size_bytes(plan.items_of({i}));
    constexpr std::size_t fixed_bytes = 8192;  // the last page, the names of the inputs
    EXPECT_LE(plan.memory_bytes(), path_bytes + 8 * plan.mini_batch_count() + fixed_bytes);
  }
}

TEST(FilePlanSplit, APlanCanBeMoved) {
  const FileTree tree;
  make_numbered(tree, "in", 5);
  FilePlan first = plan_of({tree.path("in")});
  const Strings paths = all_paths(first);
  FilePlan second;
  EXPECT_EQ(second.mini_batch_count(), 0u);
  second = std::move(first);
  EXPECT_EQ(all_paths(second), paths);
}

TEST(FilePlanPulse, ComesWithinOneHugeFolderToo) {
  const FileTree tree;
  make_numbered(tree, "in", 10'000);
  int calls = 0;
  plan_of({tree.path("in")}, {.between_folders = [&] { ++calls; }});
  EXPECT_GE(calls, 4);
}

TEST(FilePlanPulse, ComesAtEveryFolderAndMayEndThePlanning) {
  const FileTree tree;
  for (int i = 0; i < 50; ++i) tree.file("in/" + std::to_string(i) + "/a");
  int calls = 0;
  const auto stop_at_ten = [&] {
    if (++calls == 10) throw InfrastructureError("stop");
  };
  EXPECT_THROW(plan_of({tree.path("in")}, {.between_folders = stop_at_ten}), InfrastructureError);
  EXPECT_EQ(calls, 10);
}

}  // namespace
}  // namespace prs::test
