// Partitions: what a path says of its keys, and which files are one mini-batch (rule 3.6).
#include <gtest/gtest.h>

#include "dataset/partition_plan.hpp"
#include "file_tree.hpp"

namespace prs {
namespace {

using test::FileTree;
using Strings = std::vector<std::string>;
using Values = std::optional<Strings>;

Values values_of(const std::string& format, const std::string& path) {
  return PartitionFormat::parse(format).values_of(path);
}

template <typename Call>
std::string user_error_of(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::string format_error(const std::string& format) {
  return user_error_of([&] { PartitionFormat::parse(format); });
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Each mini-batch as "key values: files below the folder".
Strings mini_batches(const FileTree& tree, const PartitionPlan& plan) {
  Strings lines;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) {
    std::string line;
    const std::string values = plan.key_values_of({i});
    for (const std::string_view value : PathList(values)) line += std::string(value) + " ";
    for_each_item(plan.items_of({i}),
                  [&](std::string_view item) { line += std::string(item.substr(tree.root().size() + 1)) + " "; });
    lines.push_back(line.substr(0, line.size() - 1));
  }
  return lines;
}

PartitionPlan plan_of(const Strings& paths, const std::string& format, const Strings& keys,
                      const std::optional<TableOptions>& table = {}) {
  return PartitionPlan::make({{{"sales", paths}, format, table}}, {.keys = keys});
}

}  // namespace

TEST(PartitionFormat, TakesTheValuesOfItsKeysFromThePath) {
  EXPECT_EQ(values_of("{state}/{store}/*.csv", "WA/1/a.csv"), (Strings{"WA", "1"}));
  EXPECT_EQ(values_of("/{state}/{store}/*.csv", "WA/1/a.csv"), (Strings{"WA", "1"}));
  EXPECT_EQ(values_of("{name}.{extension}", "a.b.csv"), (Strings{"a.b", "csv"}));
  EXPECT_EQ(values_of("store_{store}/*", "store_ä b/"), (Strings{"ä b"}));
  EXPECT_EQ(values_of("*/{a}-{b}/*.*", "x/1-2-3/f.g.h"), (Strings{"1-2", "3"}));
  EXPECT_EQ(values_of("{a}/**/{b}.csv", "x/y/z/1.csv"), (Strings{"x", "1"}));
  EXPECT_EQ(values_of("{a}/***", "x/y/z/1.csv"), (Strings{"x"}));
  for (const char* path : {"WA/a.csv", "WA/1/a.csvx", "WA/1/2/a.csv", "/1/a.csv", "", "WA/1/a.cs"})
    EXPECT_EQ(values_of("{state}/{store}/*.csv", path), Values()) << path;
}

TEST(PartitionFormat, ADateIsAnIsoText) {
  EXPECT_EQ(values_of("{date:yyyy/MM/dd}/*.csv", "2024/02/29/a.csv"), (Strings{"2024-02-29T00:00:00"}));
  EXPECT_EQ(values_of("{a}_{at:ddMMyyyy-HH.mm.ss}", "x_31012024-23.59.01"), (Strings{"x", "2024-01-31T23:59:01"}));
  EXPECT_EQ(values_of("{year:yyyy}/*", "2024/a"), (Strings{"2024-01-01T00:00:00"}));
  for (const char* path : {"0000/01/01/a.csv", "2023/02/29/a.csv", "2024/13/01/a.csv", "24/01/01/a.csv",
                           "2024/1/1/a.csv", "20x4/01/01/a.csv"})
    EXPECT_EQ(values_of("{date:yyyy/MM/dd}/*.csv", path), Values()) << path;
}

TEST(PartitionFormat, APathThatFitsInManyWaysTakesNoTime) {
  EXPECT_EQ(values_of("*a*a*a*a*a*a*a*a*{k}b", std::string(3'000, 'a')), Values());
}

TEST(PartitionFormat, SaysWhatIsWrongWithIt) {
  EXPECT_TRUE(has(format_error("*.csv"), "no key"));
  EXPECT_TRUE(has(format_error("{a}/{a}"), "'a' is in it twice"));
  EXPECT_TRUE(has(format_error("{a}{b}"), "nothing stands between 'a' and 'b'"));
  EXPECT_TRUE(has(format_error("{}"), "no key in it"));
  EXPECT_TRUE(has(format_error("{a"), "brace"));
  EXPECT_TRUE(has(format_error("a}"), "brace"));
  EXPECT_TRUE(has(format_error("{d:yy}"), "no other letters"));
  EXPECT_TRUE(has(format_error("{d:MM}"), "no year"));
  EXPECT_TRUE(has(format_error("{d:yyyyMMMM}"), "twice"));
}

TEST(PartitionFormat, FoldersNameTheirKeysThemselves) {
  const PartitionFormat format = PartitionFormat::of_folders("x/state=WA/store=1/a=b.csv");
  EXPECT_EQ(format.keys(), (Strings{"state", "store"}));
  EXPECT_EQ(format.text(), "state=…/store=…");
  EXPECT_EQ(format.values_of("state=New%20York/store=/f"), (Strings{"New York", ""}));
  EXPECT_EQ(format.values_of("state=50%/store=%zz/f"), (Strings{"50%", "%zz"}));
  EXPECT_EQ(format.values_of("state=a%00/store=b/f"), (Strings{"a%00", "b"})) << "a NUL ends a value";
  for (const char* path : {"f", "state=WA/f", "store=1/state=WA/f", "state=WA/store=1/city=x/f"})
    EXPECT_EQ(format.values_of(path), Values()) << path;
  EXPECT_TRUE(has(user_error_of([] { PartitionFormat::of_folders("a/b.csv"); }), "partition_format"));
  EXPECT_TRUE(has(user_error_of([] { PartitionFormat::of_folders("a=1/a=2/b.csv"); }), "two folders"));
}

TEST(PartitionPlan, FilesWithEqualValuesAreOneMiniBatchInTheOrderOfTheValues) {
  const FileTree tree;
  tree.files({"WA/10/a.csv", "WA/2/b.csv", "CA/2/c.csv", "WA/10/d.csv", "CA/10/e.csv"});
  const std::string format = "{state}/{store}/*.csv";
  EXPECT_EQ(mini_batches(tree, plan_of({tree.root()}, format, {"state", "store"})),
            (Strings{"CA 10 CA/10/e.csv", "CA 2 CA/2/c.csv", "WA 10 WA/10/a.csv WA/10/d.csv", "WA 2 WA/2/b.csv"}));
  EXPECT_EQ(mini_batches(tree, plan_of({tree.root()}, format, {"store"})),
            (Strings{"10 CA/10/e.csv WA/10/a.csv WA/10/d.csv", "2 CA/2/c.csv WA/2/b.csv"}));
  EXPECT_EQ(mini_batches(tree, plan_of({tree.root()}, format, {"store", "state"}))[0], "10 CA CA/10/e.csv");
  EXPECT_EQ(mini_batches(tree, plan_of({tree.path("*/*/*.csv")}, format, {"state"})).size(), 2u);
  EXPECT_EQ(mini_batches(tree, plan_of({tree.path("WA"), tree.path("CA")}, "{store}/*", {"store"})).size(), 2u);
  EXPECT_EQ(mini_batches(tree, plan_of({tree.path("WA/2/b.csv")}, "{name}.csv", {"name"})), (Strings{"b WA/2/b.csv"}));
}

TEST(PartitionPlan, AMiniBatchNeverMixesInputs) {
  const FileTree tree;
  tree.files({"x/k=1/a", "y/k=1/b", "y/k=0/c"});
  const PartitionPlan plan =
      PartitionPlan::make({{{"x", {tree.path("x")}}, "", {}}, {{"y", {tree.path("y")}}, "", {}}}, {.keys = {"k"}});
  EXPECT_EQ(mini_batches(tree, plan), (Strings{"1 x/k=1/a", "0 y/k=0/c", "1 y/k=1/b"}));
  EXPECT_EQ(plan.input_name_of({0}), "x");
  EXPECT_EQ(plan.input_name_of({2}), "y");
  EXPECT_EQ(plan.item_count(), 3u);
  EXPECT_EQ(plan.item_count_of({2}), 1u);
}

TEST(PartitionPlan, OfParquetIsAllRowsOfItsFiles) {
  const FileTree tree;
  for (const char* name : {"k=2/a", "k=1/b", "k=1/none", "k=1/c", "k=3/cut", "k=4/none"}) tree.file(name);
  TableOptions parquet;
  parquet.format = TableFormat::parquet;
  PartitionPlan::Options options{.keys = {"k"}};
  options.read_footers = [](std::string_view paths, const std::function<void(const Footer&)>& on_file) {
    const std::vector<RowGroup> groups{{100, 10}, {60, 30}}, none;
    for (const std::string_view path : PathList(paths))
      on_file(path.ends_with("cut") ? Footer{{}, false} : Footer{path.ends_with("none") ? none : groups});
  };
  const PartitionPlan plan = PartitionPlan::make({{{"sales", {tree.root()}}, "", parquet}}, options);
  EXPECT_EQ(mini_batches(tree, plan),
            (Strings{"1 k=1/b#rows=0-159 k=1/c#rows=0-159", "2 k=2/a#rows=0-159", "3 k=3/cut"}));
  EXPECT_EQ(plan.item_count_of({0}), 320u);
  EXPECT_EQ(plan.item_count_of({2}), 1u) << "nobody could count it";
  ASSERT_EQ(plan.warnings().size(), 2u);
  EXPECT_NE(plan.warnings()[0].find("no whole Parquet file"), std::string::npos);
  EXPECT_NE(plan.warnings()[1].find("2 files are empty"), std::string::npos);
}

TEST(PartitionPlan, OfHdf5IsAllRowsOfItsFiles) {
  const FileTree tree;
  for (const char* name : {"k=1/a", "k=1/b", "k=1/none", "k=2/cut"}) tree.file(name);
  TableOptions hdf5;
  hdf5.format = TableFormat::hdf5;
  PartitionPlan::Options options{.keys = {"k"}};
  options.count_rows = [](std::uint32_t, std::string_view paths, const auto& on_file) {
    for (const std::string_view path : PathList(paths))
      on_file(path.ends_with("cut") ? CountedRows{0, 0, 0, "cut: is no HDF5 file"}
                                    : CountedRows{path.ends_with("none") ? 0u : 160u, 8, 0});
  };
  const PartitionPlan plan = PartitionPlan::make({{{"sales", {tree.root()}}, "", hdf5}}, options);
  EXPECT_EQ(mini_batches(tree, plan), (Strings{"1 k=1/a#rows=0-159 k=1/b#rows=0-159", "2 k=2/cut"}));
  EXPECT_EQ(std::get<TableItems>(plan.items_of({0})).pieces[1].unit, PieceUnit::loaded_rows);
  EXPECT_EQ(plan.item_count_of({0}), 320u);
  ASSERT_EQ(plan.warnings().size(), 2u);
  EXPECT_NE(plan.warnings()[0].find("'cut: is no HDF5 file'"), std::string::npos);
}

TEST(PartitionPlan, TablesAreWholeFilesAndEmptyOnesAreLeftOut) {
  const FileTree tree;
  tree.files({"k=1/a.csv", "k=1/b.csv", "k=2/c.csv"});
  write_file_atomically(tree.path("k=1/a.csv"), "12345");
  write_file_atomically(tree.path("k=2/c.csv"), "123");
  write_file_atomically(tree.path("k=1/d.csv"), "1234567");
  const PartitionPlan plan = plan_of({tree.root()}, "", {"k"}, TableOptions());
  ASSERT_EQ(plan.mini_batch_count(), 2u);
  EXPECT_EQ(plan.items_of({0}),
            MiniBatchItems(TableItems{
                0, {{tree.path("k=1/a.csv"), 0, 5, 0, PieceUnit::bytes, true}, {tree.path("k=1/d.csv"), 0, 7, 0}}}));
  EXPECT_EQ(plan.items_of({1}), MiniBatchItems(TableItems{0, {{tree.path("k=2/c.csv"), 0, 3, 0}}}));
  EXPECT_EQ(plan.item_count(), 2u);
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_TRUE(has(plan.warnings()[0], "1 file is empty"));
  EXPECT_NE(plan.fingerprint(), plan_of({tree.root()}, "", {"k"}).fingerprint());
}

TEST(PartitionPlan, NamesTheKeyThatIsNoneAndThePathThatDoesNotFit) {
  const FileTree tree;
  tree.files({"WA/1/a.csv", "WA/b.csv"});
  const std::string no_key = user_error_of([&] { plan_of({tree.root()}, "{state}/{store}/*.csv", {"state", "city"}); });
  EXPECT_TRUE(has(no_key, "'city'") && has(no_key, "state, store")) << no_key;
  const std::string no_fit = user_error_of([&] { plan_of({tree.root()}, "{state}/{store}/*.csv", {"state"}); });
  EXPECT_TRUE(has(no_fit, "'WA/b.csv'") && has(no_fit, "{state}/{store}/*.csv")) << no_fit;
  EXPECT_TRUE(has(user_error_of([&] { plan_of({tree.root()}, "", {"state"}); }), "no folder such as key=value"));
}

TEST(PartitionPlan, AKeyThatIsADateIsOneInEveryInput) {
  EXPECT_EQ(partition_keys_of({"day", "store"}, "{store}/{day:yyyy/MM/dd}/*"),
            (std::vector<PartitionKey>{{"day", true}, {"store", false}}));
  EXPECT_EQ(partition_keys_of({"day"}, ""), (std::vector<PartitionKey>{{"day", false}}));
  const FileTree tree;
  tree.files({"x/2024/01/31/a", "y/2024/b"});
  const std::string error = user_error_of([&] {
    PartitionPlan::make({{{"x", {tree.path("x")}}, "{day:yyyy/MM/dd}/*", {}}, {{"y", {tree.path("y")}}, "{day}/*", {}}},
                        {.keys = {"day"}});
  });
  EXPECT_TRUE(has(error, "input 'y'") && has(error, "'day' is text") && has(error, "input 'x' is a date")) << error;
}

TEST(PartitionPlan, FilesOfAMiniBatchStandInTheOrderOfTheirPathsWhereTheInputKeepsIt) {
  const FileTree tree;
  tree.files({"z/k=1/b", "z/k=1/a", "y/k=1/c", "y/k=0/d"});
  const PartitionPlan plan =
      PartitionPlan::make({{{"x", {tree.path("z"), tree.path("y")}, true}, "", {}}}, {.keys = {"k"}});
  EXPECT_EQ(mini_batches(tree, plan), (Strings{"0 y/k=0/d", "1 z/k=1/a z/k=1/b y/k=1/c"}));
}

TEST(PartitionPlan, TheFingerprintChangesWithTheKeysAndTheForm) {
  const FileTree tree;
  tree.files({"WA/1/a.csv", "WA/1/b.csv"});
  const auto fingerprint = [&](const std::string& format, const Strings& keys) {
    return plan_of({tree.root()}, format, keys).fingerprint();
  };
  const std::uint64_t before = fingerprint("{state}/{store}/*", {"state"});
  EXPECT_EQ(fingerprint("{state}/{store}/*", {"state"}), before);
  EXPECT_NE(fingerprint("{state}/{store}/*", {"store"}), before);
  EXPECT_NE(fingerprint("{state}/{store}/*.csv", {"state"}), before);
}

TEST(PartitionPlan, HoldsThePathsAndAtMost32BytesForEachMiniBatch) {
  const FileTree tree;
  std::size_t path_bytes = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "k=" + std::to_string(i) + "/f";
    tree.file(name);
    path_bytes += tree.path(name).size() + 1;
  }
  const PartitionPlan plan = plan_of({tree.root()}, "", {"k"});
  ASSERT_EQ(plan.mini_batch_count(), 500u);
  EXPECT_LT(plan.memory_bytes(), path_bytes + 32 * plan.mini_batch_count());
}

}  // namespace prs
