// What of a run's tables is read to settle its columns by (rule 3.3).
#include "dataset/table_stretches.hpp"

#include <gtest/gtest.h>

#include <set>

#include "dataset/partition_plan.hpp"
#include "dataset/table_plan.hpp"
#include "file_tree.hpp"

namespace prs {
namespace {

using test::FileTree;
using Strings = std::vector<std::string>;

void make_file(const FileTree& tree, const std::string& name, std::uint64_t size_bytes) {
  tree.file(name);
  ASSERT_EQ(::truncate(tree.path(name).c_str(), static_cast<off_t>(size_bytes)), 0);
}

/// "input name#bytes", below the folder.
Strings names_in(const FileTree& tree, const std::vector<TableItems>& stretches) {
  Strings names;
  for (const TableItems& stretch : stretches) {
    EXPECT_EQ(stretch.pieces.size(), 1u);
    names.push_back(std::to_string(stretch.input) + " " +
                    name_of(stretch.pieces.front()).substr(tree.root().size() + 1));
  }
  return names;
}

Strings files_of(const FileTree& tree, const Plan& plan) {
  Strings files;
  for_each_table_file(plan, [&](std::uint32_t input, const TablePiece& piece) {
    EXPECT_EQ(piece.begin, 0u);
    files.push_back(std::to_string(input) + " " + piece.path.substr(tree.root().size() + 1));
    return true;
  });
  return files;
}

TablePlan plan_of(const Strings& paths, std::uint64_t mini_batch_bytes) {
  std::vector<TableInput> inputs;
  for (const std::string& path : paths) inputs.push_back({{"t", {path}}, {}});
  return TablePlan::make(inputs, {.mini_batch_bytes = mini_batch_bytes});
}

}  // namespace

TEST(TableStretches, OfASmallTableAreAllItsFilesWhateverItsMiniBatchesAre) {
  const FileTree tree;
  make_file(tree, "a", 25);
  make_file(tree, "b", 7);
  for (const std::uint64_t size : {1, 10, 100}) {
    const TablePlan plan = plan_of({tree.root()}, size);
    EXPECT_EQ(names_in(tree, stretches_of(plan, {{}})), (Strings{"0 a#bytes=0-24", "0 b#bytes=0-6"})) << size;
    EXPECT_EQ(files_of(tree, plan), (Strings{"0 a", "0 b"}));
  }
}

TEST(TableStretches, AreTheBeginningAndSpreadOverTheRest) {
  const FileTree tree;
  make_file(tree, "x/a", 64 << 20);
  make_file(tree, "y/b", 5);
  const TablePlan plan = plan_of({tree.path("x"), tree.path("y")}, 1000);
  const std::vector<TableItems> stretches = stretches_of(plan, {{}, {}});
  const Strings names = names_in(tree, stretches);
  EXPECT_EQ(names.front(), "0 x/a#bytes=0-1048575");
  EXPECT_EQ(names.back(), "1 y/b#bytes=0-4");
  EXPECT_EQ(names.size(), 17u);
  for (std::size_t i = 1; i + 1 < stretches.size(); ++i)
    EXPECT_GE(stretches[i].pieces[0].begin, stretches[i - 1].pieces[0].end);
  EXPECT_EQ(files_of(tree, plan), (Strings{"0 x/a", "1 y/b"}));
}

TEST(TableStretches, WithLineBreaksInQuotesAreBeginningsOfFiles) {
  const FileTree tree;
  make_file(tree, "a", 4 << 20);
  TableOptions options;
  options.support_multi_line = true;
  const TablePlan plan = TablePlan::make({{{"t", {tree.root()}}, options}}, {.mini_batch_bytes = 1000});
  const std::vector<TableItems> stretches = stretches_of(plan, {options});
  EXPECT_EQ(names_in(tree, stretches), (Strings{"0 a#bytes=0-1048575"}));
  EXPECT_TRUE(stretches[0].pieces[0].is_of_first_file);
}

TEST(TableStretches, OfPartitionsAreSpreadOverTheFilesOfEachToo) {
  const FileTree tree;
  for (int i = 0; i < 300; ++i) make_file(tree, "k=1/" + std::to_string(1000 + i), 5);
  make_file(tree, "k=2/z", 9);
  const PartitionPlan plan = PartitionPlan::make({{{"t", {tree.root()}}, "", TableOptions()}}, {.keys = {"k"}});
  ASSERT_EQ(plan.mini_batch_count(), 2u);
  const Strings names = names_in(tree, stretches_of(plan, {{}}));
  EXPECT_EQ(names[63], "0 k=1/1063#bytes=0-4") << "the beginning of the run";
  EXPECT_EQ(names.back(), "0 k=2/z#bytes=0-8");
  EXPECT_GT(names.size(), 70u);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size()) << "none twice";
  EXPECT_EQ(files_of(tree, plan).size(), 301u);
}

TEST(TableStretches, OfRowsAreWholeFilesButThoseThatCannotBeRead) {
  const FileTree tree;
  for (const char* name : {"k=1/a", "k=1/b", "k=2/c"}) make_file(tree, name, 5);
  const auto count_rows = [](std::uint32_t, std::string_view paths, const auto& on_file) {
    for (const std::string_view path : PathList(paths))
      on_file(path.ends_with("a") ? CountedRows{0, 0, 0, "it cannot be read"} : CountedRows{100, 8, 0});
  };
  TableOptions hdf5;
  hdf5.format = TableFormat::hdf5;
  TablePlan::Options options{.mini_batch_bytes = 7, .is_size_of_rows = true};
  options.count_rows = count_rows;
  const TablePlan plan = TablePlan::make({{{"t", {tree.root()}}, hdf5}}, options);
  EXPECT_EQ(names_in(tree, stretches_of(plan, {hdf5})), (Strings{"0 k=1/b#rows=0-6", "0 k=2/c#rows=0-6"}));
  PartitionPlan::Options of_partitions{.keys = {"k"}};
  of_partitions.count_rows = count_rows;
  const PartitionPlan partitions = PartitionPlan::make({{{"t", {tree.root()}}, "", hdf5}}, of_partitions);
  EXPECT_EQ(names_in(tree, stretches_of(partitions, {hdf5})), (Strings{"0 k=1/b#rows=0-99", "0 k=2/c#rows=0-99"}));
  EXPECT_EQ(first_file_of(partitions, 0), std::nullopt);
}

TEST(FirstFile, IsThatOfThePathsWhateverThePartitionsAre) {
  const FileTree tree;
  make_file(tree, "1/k=b/x", 0);
  make_file(tree, "2/k=b/x", 5);
  make_file(tree, "2/k=b/y", 5);
  make_file(tree, "3/k=a/x", 5);
  const PartitionPlan plan =
      PartitionPlan::make({{{"t", {tree.root()}}, "*/k={k}/*", TableOptions()}}, {.keys = {"k"}});
  const std::optional<TablePiece> first = first_file_of(plan, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->path, tree.path("2/k=b/x"));
  EXPECT_EQ(first_file_of(plan, 1), std::nullopt);
  EXPECT_EQ(std::get<TableItems>(plan.items_of({0})).pieces[0].is_of_first_file, false);
}

TEST(FirstFile, OfEachInputIsTheFirstThatIsNotEmptyInAllItsMiniBatches) {
  const FileTree tree;
  make_file(tree, "x/a", 0);
  make_file(tree, "x/b", 20);
  make_file(tree, "x/c", 5);
  make_file(tree, "y/d", 5);
  const TablePlan plan = plan_of({tree.path("x"), tree.path("y")}, 10);
  EXPECT_EQ(first_file_of(plan, 0)->path, tree.path("x/b"));
  EXPECT_EQ(first_file_of(plan, 1)->path, tree.path("y/d"));
  std::vector<bool> are_of_first;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i)
    are_of_first.push_back(std::get<TableItems>(plan.items_of({i})).pieces[0].is_of_first_file);
  EXPECT_EQ(are_of_first, (std::vector<bool>{true, true, false, true}));
}

}  // namespace prs
