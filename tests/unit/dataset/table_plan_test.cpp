// Tables as ranges of bytes: every byte of every file in one mini-batch, none of two files, and no memory for them.
#include "dataset/table_plan.hpp"

#include <gtest/gtest.h>

#include "file_tree.hpp"

namespace prs {
namespace {

using test::FileTree;

void make_file(const FileTree& tree, const std::string& name, std::uint64_t size_bytes) {
  tree.file(name);
  ASSERT_EQ(::truncate(tree.path(name).c_str(), static_cast<off_t>(size_bytes)), 0);
}

TablePlan plan_of(const std::vector<std::string>& paths, std::uint64_t mini_batch_bytes,
                  const TableOptions& options = {}) {
  return TablePlan::make({{{"trips", paths}, options}}, {.mini_batch_bytes = mini_batch_bytes});
}

std::vector<std::string> names_in(const TablePlan& plan) {
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) names.push_back(names_of(plan.items_of({i})).first);
  return names;
}

std::string user_error_of(const std::vector<std::string>& paths) {
  try {
    plan_of(paths, 1);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(TablePlan, CutsFilesInOrderAndNeverCrossesOne) {
  const FileTree tree;
  make_file(tree, "b.csv", 20);
  make_file(tree, "a.csv", 25);
  make_file(tree, "c/d.csv", 3);
  const TablePlan plan = plan_of({tree.root()}, 10);
  EXPECT_EQ(names_in(plan),
            (std::vector<std::string>{tree.path("a.csv") + "#bytes=0-9", tree.path("a.csv") + "#bytes=10-19",
                                      tree.path("a.csv") + "#bytes=20-24", tree.path("b.csv") + "#bytes=0-9",
                                      tree.path("b.csv") + "#bytes=10-19", tree.path("c/d.csv") + "#bytes=0-2"}));
  EXPECT_EQ(plan.mini_batch_count(), 6u);
  EXPECT_EQ(plan.content_text(), "3 table files of 48 bytes");
  EXPECT_EQ(plan.item_count_of({0}), item_count(plan.items_of({0})));
  EXPECT_TRUE(plan.warnings().empty());
}

TEST(TablePlan, KnowsWhichInputAMiniBatchIsOf) {
  const FileTree tree;
  make_file(tree, "a.csv", 4);
  make_file(tree, "empty.csv", 0);
  make_file(tree, "b.csv", 2);
  const TablePlan plan = TablePlan::make({{{"none", {tree.path("empty.csv")}}, {}},
                                          {{"first", {tree.path("a.csv")}}, {}},
                                          {{"nothing", {tree.path("empty.csv")}}, {}},
                                          {{"second", {tree.path("b.csv")}}, {}},
                                          {{"last", {tree.path("empty.csv")}}, {}}},
                                         {.mini_batch_bytes = 2});
  const std::vector<std::uint32_t> inputs{1, 1, 3};
  ASSERT_EQ(plan.mini_batch_count(), inputs.size());
  for (std::uint64_t i = 0; i < inputs.size(); ++i)
    EXPECT_EQ(std::get<TableItems>(plan.items_of({i})).input, inputs[i]);
  EXPECT_EQ(plan.input_name_of({1}), "first");
  EXPECT_EQ(plan.input_name_of({2}), "second");
  ASSERT_EQ(plan.warnings().size(), 3u);
  EXPECT_EQ(plan.warnings()[1], "input 'nothing': 1 file is empty: '" + tree.path("empty.csv") + "'");
}

TEST(TablePlan, AnEmptyFileHasNoMiniBatchAndNothingButEmptyFilesIsAnError) {
  const FileTree tree;
  make_file(tree, "a.csv", 0);
  make_file(tree, "b.csv", 0);
  EXPECT_NE(user_error_of({tree.root()}).find("all files of the run are empty"), std::string::npos);
  make_file(tree, "c.csv", 1);
  const TablePlan plan = plan_of({tree.root()}, 10);
  EXPECT_EQ(plan.mini_batch_count(), 1u);
  EXPECT_EQ(plan.warnings(),
            (std::vector<std::string>{"input 'trips': 2 files are empty, the first is '" + tree.path("a.csv") + "'"}));
}

TEST(TablePlan, ACompressedFileIsOneMiniBatchWithANote) {
  const FileTree tree;
  for (const char* name : {"a.csv.gz", "b.csv.BZ2", "c.zst", "d.csv"}) make_file(tree, name, 30);
  const TablePlan plan = plan_of({tree.root()}, 20);
  EXPECT_EQ(names_in(plan),
            (std::vector<std::string>{tree.path("a.csv.gz") + "#bytes=0-29", tree.path("b.csv.BZ2") + "#bytes=0-29",
                                      tree.path("c.zst") + "#bytes=0-29", tree.path("d.csv") + "#bytes=0-19",
                                      tree.path("d.csv") + "#bytes=20-29"}));
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_EQ(plan.warnings()[0],
            "input 'trips': 3 compressed files cannot be cut, and are one mini-batch each, the first is '" +
                tree.path("a.csv.gz") + "'");
}

TEST(TablePlan, OfParquetIsRowsOfTheFilesWhoseFootersWereRead) {
  const FileTree tree;
  for (const char* name : {"a.parquet", "b.parquet", "c.parquet", "d.csv", "e.parquet"}) make_file(tree, name, 10);
  TableOptions parquet;
  parquet.format = TableFormat::parquet;
  std::vector<std::string> asked;
  TablePlan::Options options{.mini_batch_bytes = 10};
  options.read_footers = [&](std::string_view paths, const std::function<void(const Footer&)>& on_file) {
    const std::vector<RowGroup> groups{{100, 10}, {60, 30}}, none;
    for (const std::string_view path : PathList(paths)) {
      asked.emplace_back(path);
      on_file(path.ends_with("b.parquet") ? Footer{{}, false} : Footer{path.ends_with("c.parquet") ? none : groups});
    }
  };
  const TablePlan plan = TablePlan::make({{{"rows", {tree.path("[abc].parquet")}}, parquet},
                                          {{"text", {tree.path("d.csv")}}, {}},
                                          {{"more", {tree.path("e.parquet")}}, parquet}},
                                         options);
  const std::string a = tree.path("a.parquet") + "#rows=", e = tree.path("e.parquet") + "#rows=";
  EXPECT_EQ(asked, (std::vector<std::string>{tree.path("a.parquet"), tree.path("b.parquet"), tree.path("c.parquet"),
                                             tree.path("e.parquet")}));
  EXPECT_EQ(names_in(plan), (std::vector<std::string>{a + "0-99", a + "100-119", a + "120-139", a + "140-159",
                                                      tree.path("b.parquet"), tree.path("d.csv") + "#bytes=0-9",
                                                      e + "0-99", e + "100-119", e + "120-139", e + "140-159"}));
  EXPECT_EQ(plan.item_count_of({0}), 100u);
  EXPECT_EQ(plan.item_count_of({4}), 1u) << "nobody could count it";
  EXPECT_EQ(plan.input_name_of({4}), "rows");
  EXPECT_EQ(plan.input_name_of({6}), "more");
  EXPECT_EQ(plan.content_text(), "4 table files of 90 bytes");
  EXPECT_EQ(plan.warnings(),
            (std::vector<std::string>{"input 'rows': 1 file has no rows: '" + tree.path("c.parquet") + "'",
                                      "input 'rows': 1 file is no whole Parquet file, and its mini-batch fails: '" +
                                          tree.path("b.parquet") + "'"}));
}

TEST(TablePlan, OfHdf5IsRowsOfTheFilesThatWereCounted) {
  const FileTree tree;
  for (const char* name : {"a.h5", "b.h5", "c.h5", "d.csv", "e.h5"}) make_file(tree, name, 10);
  TableOptions hdf5;
  hdf5.format = TableFormat::hdf5;
  std::vector<std::uint32_t> asked;
  TablePlan::Options options{.mini_batch_bytes = 10};
  options.count_rows = [&](std::uint32_t input, std::string_view paths, const auto& on_file) {
    asked.push_back(input);
    for (const std::string_view path : PathList(paths)) {
      CountedRows rows{path.ends_with("c.h5") ? 0u : 12u, 2, 0};
      if (path.ends_with("b.h5")) rows = {0, 0, 0, std::string(path) + ": is no HDF5 file"};
      on_file(rows);
    }
  };
  const auto plan_of_size = [&](bool is_of_rows) {
    options.is_size_of_rows = is_of_rows;
    return TablePlan::make({{{"rows", {tree.path("[abc].h5")}}, hdf5},
                            {{"text", {tree.path("d.csv")}}, {}},
                            {{"more", {tree.path("e.h5")}}, hdf5}},
                           options);
  };
  const TablePlan plan = plan_of_size(true), plan_of_bytes = plan_of_size(false);
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 2, 0, 2}));
  const std::string a = tree.path("a.h5") + "#rows=", b = tree.path("b.h5"), e = tree.path("e.h5") + "#rows=";
  const std::string text = tree.path("d.csv") + "#bytes=0-9";
  EXPECT_EQ(names_in(plan), (std::vector<std::string>{a + "0-9", a + "10-11", b, text, e + "0-9", e + "10-11"}));
  EXPECT_EQ(names_in(plan_of_bytes),
            (std::vector<std::string>{a + "0-4", a + "5-9", a + "10-11", b, text, e + "0-4", e + "5-9", e + "10-11"}));
  EXPECT_NE(plan.fingerprint(), plan_of_bytes.fingerprint());
  EXPECT_EQ(std::get<TableItems>(plan.items_of({0})).pieces[0].unit, PieceUnit::loaded_rows);
  EXPECT_EQ(plan.item_count_of({0}), 10u);
  EXPECT_EQ(plan.item_count_of({2}), 1u) << "nobody could count it";
  EXPECT_EQ(plan.content_text(), "4 table files of 58 bytes");
  EXPECT_EQ(plan.warnings(),
            (std::vector<std::string>{
                "input 'rows': 1 file has no rows: '" + tree.path("c.h5") + "'",
                "input 'rows': 1 HDF5 file cannot be read, and its mini-batch fails: '" + b + ": is no HDF5 file'"}));
}

TEST(TablePlan, NamesThePathThatMatchedNothing) {
  const FileTree tree;
  EXPECT_NE(user_error_of({tree.path("none.csv")}).find("none.csv"), std::string::npos);
}

TEST(TablePlan, AHundredGigabytesTakeNoMemoryAndNoReading) {
  const FileTree tree;
  make_file(tree, "big.csv", 100ULL << 30);
  const TablePlan plan = plan_of({tree.root()}, 1);
  EXPECT_EQ(plan.mini_batch_count(), 100ULL << 30);
  EXPECT_EQ(names_of(plan.items_of({plan.mini_batch_count() - 1})).first,
            tree.path("big.csv") + "#bytes=107374182399-107374182399");
  EXPECT_LT(plan.memory_bytes(), 1u << 20);
}

TEST(TablePlan, TheFingerprintChangesWithWhatAMiniBatchIsAndWithNothingElse) {
  const FileTree tree;
  make_file(tree, "a.csv", 100);
  const std::uint64_t before = plan_of({tree.root()}, 10).fingerprint();
  EXPECT_EQ(plan_of({tree.root()}, 10).fingerprint(), before);
  EXPECT_NE(plan_of({tree.root()}, 11).fingerprint(), before);
  TableOptions options;
  options.dtypes = {{"a", "int64"}};
  EXPECT_EQ(plan_of({tree.root()}, 10, options).fingerprint(), before);
  options.support_multi_line = true;
  EXPECT_NE(plan_of({tree.root()}, 10, options).fingerprint(), before);
  options = {};
  options.header = HeaderMode::no_header;
  EXPECT_NE(plan_of({tree.root()}, 10, options).fingerprint(), before);
  make_file(tree, "a.csv", 101);
  EXPECT_NE(plan_of({tree.root()}, 10).fingerprint(), before);
}

TEST(TablePlan, QuoteStatesTakeMemoryOnlyWhereTheyAreSet) {
  const FileTree tree;
  make_file(tree, "a.csv", 100'000);
  TablePlan plan = plan_of({tree.root()}, 1);
  const std::size_t before = plan.memory_bytes();
  plan.set_quote_state({7}, 5);
  EXPECT_GE(plan.memory_bytes(), before + 100'000);
  EXPECT_EQ(std::get<TableItems>(plan.items_of({7})).pieces[0].quote_state, 5);
  EXPECT_EQ(std::get<TableItems>(plan.items_of({8})).pieces[0].quote_state, 0);
}

namespace {

std::string key_error_of(const std::vector<TableInput>& inputs) {
  try {
    TablePlan::make(inputs, {});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(TablePlan, HasTheValuesOfAllKeysOfAFilesPath) {
  const FileTree tree;
  make_file(tree, "x/WA/2024-01-31.csv", 20);
  make_file(tree, "y/2024-02-01/CA.csv", 5);
  const TablePlan plan = TablePlan::make({{{"x", {tree.path("x")}}, {}, "{state}/{day:yyyy-MM-dd}.csv"},
                                          {{"y", {tree.path("y")}}, {}, "{day:yyyy-MM-dd}/{state}.csv"}},
                                         {.mini_batch_bytes = 10});
  using namespace std::string_literals;
  EXPECT_EQ(plan.key_values_of({1}), "WA\0002024-01-31T00:00:00\0"s);
  EXPECT_EQ(plan.key_values_of({2}), "CA\0002024-02-01T00:00:00\0"s) << "in the order of the first input's keys";
  EXPECT_EQ(plan_of({tree.root()}, 10).key_values_of({0}), "");
}

TEST(TablePlan, OfRowsTooHasTheValuesOfItsPaths) {
  const FileTree tree;
  for (const char* name : {"h/CA/a", "h/WA/b", "p/OR/c"}) make_file(tree, name, 10);
  TableOptions hdf5, parquet;
  hdf5.format = TableFormat::hdf5;
  parquet.format = TableFormat::parquet;
  TablePlan::Options options{.mini_batch_bytes = 10, .is_size_of_rows = true};
  options.count_rows = [](std::uint32_t, std::string_view, const auto& on_file) {
    on_file(CountedRows{12, 2, 0});
    on_file(CountedRows{0, 0, 0, "it cannot be read"});
  };
  options.read_footers = [](std::string_view, const std::function<void(const Footer&)>& on_file) {
    const std::vector<RowGroup> groups{{7, 10}};
    on_file(Footer{groups});
  };
  const auto plan_with = [&](const std::string& form) {
    return TablePlan::make({{{"rows", {tree.path("h")}}, hdf5, form}, {{"groups", {tree.path("p")}}, parquet, form}},
                           options);
  };
  const TablePlan plan = plan_with("{state}/*");
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) values.push_back(plan.key_values_of({i}).c_str());
  EXPECT_EQ(values, (std::vector<std::string>{"CA", "CA", "WA", "OR"}));
  EXPECT_EQ(plan_with("").key_values_of({0}), "");
  EXPECT_NE(plan_with("").fingerprint(), plan.fingerprint());
}

TEST(TablePlan, NamesThePathThatDoesNotFitAndTheInputThatHasOtherKeys) {
  const FileTree tree;
  make_file(tree, "a/b", 5);
  const InputPaths x{"x", {tree.root()}}, y{"y", {tree.root()}};
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  const std::string no_fit = key_error_of({{x, {}, "{a}/{b}/*"}});
  EXPECT_TRUE(has(no_fit, "'a/b'") && has(no_fit, "{a}/{b}/*")) << no_fit;
  const std::string none = key_error_of({{x, {}, "{a}/*"}, {y, {}}});
  EXPECT_TRUE(has(none, "input 'y': it has no partition_format, and input 'x' has the partition keys a")) << none;
  EXPECT_TRUE(has(key_error_of({{x, {}, "{a}/{b}"}, {y, {}, "{a}/{c}"}}), "the partition keys a, c"));
  EXPECT_TRUE(has(key_error_of({{x, {}}, {y, {}, "{a}/*"}}), "input 'y'"));
}

}  // namespace prs
