// The whole way of a table in one worker: file, loader, pandas' DataFrame, run(), rows (rules 3.3, 4.2, 5.2). Where the
// interpreter has pandas.

#include <gtest/gtest.h>

#include <cstdlib>

#include "script/script_driver.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::DriverHarness;

bool has_pandas() {
  return std::system("/usr/bin/python3 -c 'import pandas' 2>/dev/null") == 0;
}

/// Two columns, n and name.
void with_frames(ScriptSettings& settings, HeaderMode header) {
  settings.tables.loader_program = PRS_TEST_LOADER;
  settings.tables.inputs.resize(1);
  settings.tables.inputs.front().header = header;
  settings.tables.schema = R"({"inputs": [{"format": "delimited", "delimiter": ",", "header": ")" +
                           std::string(name_of(header)) +
                           R"(", "columns": ["n", "name"], "left_out": []}],
          "columns": [{"name": "n", "dtype": "int64", "source": "cell"},
                      {"name": "name", "dtype": "object", "source": "cell"}]})";
}

Task piece(const DriverHarness& h, std::uint64_t index, const std::string& file, std::uint64_t begin,
           std::uint64_t end) {
  return {{index}, 1, TableItems{0, {{h.folder.path(file), begin, end, 0}}}};
}

TEST(TableFrames, RunGetsTheRecordsOfItsPiece) {
  if (!has_pandas()) GTEST_SKIP() << "needs pandas";
  DriverHarness h(R"(
import pandas
def run(frame, context):
    assert type(frame) is pandas.DataFrame and context.dataset is frame
    assert list(frame.columns) == ['n', 'name'] and str(frame.dtypes['n']) == 'int64' and not frame.attrs
    assert list(frame.index) == list(range(len(frame)))
    return frame
)",
                  [](ScriptSettings& s) {
                    with_frames(s, HeaderMode::all_files_same_headers);
                    s.rows.format = RowFormat::csv;
                  });
  std::string rows;
  for (int i = 0; i < 500; ++i) rows += std::to_string(i) + ",\"name, " + std::to_string(i * i) + "\"\n";
  const std::string text = "n,name\n" + rows;
  h.folder.write("table", text);
  h.driver().set_window(4);
  std::uint64_t pieces = 0;
  for (std::size_t at = 0; at < text.size(); at += 700)
    h.give(piece(h, pieces++, "table", at, std::min<std::size_t>(at + 700, text.size())));
  h.run_until_ended(pieces);
  std::string all;
  for (std::size_t i = 0; i < pieces; ++i) {
    ASSERT_EQ(h.ended[i].status, TryStatus::run_done) << h.ended[i].failure.message << h.ended[i].failure.detail;
    EXPECT_EQ(h.ended[i].task.mini_batch.value, i);
    EXPECT_EQ(h.ended[i].items, h.ended[i].rows);
    all += h.rows[i];
  }
  EXPECT_TRUE(all == rows);
  h.shut_down();
}

TEST(TableFrames, AValueThatDoesNotFitIsToldWithItsPlace) {
  if (!has_pandas()) GTEST_SKIP() << "needs pandas";
  DriverHarness h("def run(frame):\n    return frame\n",
                  [](ScriptSettings& s) { with_frames(s, HeaderMode::all_files_same_headers); });
  h.folder.write("table", "n,name\n1,a\nx,b\n");
  h.give(piece(h, 0, "table", 0, 15));
  h.run_until_ended(1);
  const TryEnd& end = h.end_of(0);
  EXPECT_EQ(end.status, TryStatus::load_exception);
  EXPECT_EQ(end.failure.category, "TableError");
  EXPECT_EQ(end.items, 2u);
  const std::string place = h.folder.path("table") + ": byte 11: column 'n': the value 'x'";
  EXPECT_NE(end.failure.message.find(place), std::string::npos) << end.failure.message << end.failure.detail;
}

/// Two files of one combination, with the columns n and name.
TEST(TableFrames, AMiniBatchOfSeveralFilesHasTheirPathsAndItsKeys) {
  if (!has_pandas()) GTEST_SKIP() << "needs pandas";
  for (const HeaderMode header : {HeaderMode::all_files_same_headers, HeaderMode::all_files_different_headers}) {
    DriverHarness h(R"(
def run(frame, context):
    paths = [path.rsplit('/', 1)[1] for path in frame['Path']]
    return [repr((frame.iloc[:, :2].values.tolist(), paths, list(frame['k']), context.partition_key_value))] * len(frame)
)",
                    [header](ScriptSettings& s) {
                      with_frames(s, header);
                      const std::string end = R"("source": "cell"}])";
                      s.tables.schema.replace(
                          s.tables.schema.find(end), end.size() - 1,
                          R"("source": "cell"}, {"name": "Path", "dtype": "object", "source": "path"},
                                                 {"name": "k", "dtype": "datetime64[ns]", "source": "key"})");
                      s.partition_keys = {{"k", true}};
                    });
    h.folder.write("one", "n,name\n1,a\n2,b\n");
    h.folder.write("empty", "n,name\n");
    const bool is_same = header == HeaderMode::all_files_same_headers;
    h.folder.write("two", is_same ? "n,name\n3,c\n" : "name,n\nc,3\n");
    const TableItems items{
        0, {{h.folder.path("one"), 0, 15, 0}, {h.folder.path("empty"), 0, 7, 0}, {h.folder.path("two"), 0, 11, 0}}};
    h.give({{0}, 1, items, std::string("2024-01-31T00:00:00\0", 20)});
    h.run_until_ended(1);
    const std::string day = "Timestamp('2024-01-31 00:00:00')";
    const std::string row = "([[1, 'a'], [2, 'b'], [3, 'c']], ['one', 'one', 'two'], [" + day + ", " + day + ", " +
                            day + "], {'k': datetime.datetime(2024, 1, 31, 0, 0)})\n";
    EXPECT_EQ(h.rows.at(0), row + row + row) << h.end_of(0).failure.message << h.end_of(0).failure.detail;
  }
}

TEST(TableFrames, AValueThatDoesNotFitIsToldWithItsOwnFile) {
  if (!has_pandas()) GTEST_SKIP() << "needs pandas";
  DriverHarness h("def run(frame):\n    return frame\n",
                  [](ScriptSettings& s) { with_frames(s, HeaderMode::all_files_same_headers); });
  h.folder.write("one", "n,name\n1,a\n2,b\n");
  h.folder.write("two", "n,name\n1,a\nx,b\n");
  h.give({{0}, 1, TableItems{0, {{h.folder.path("one"), 0, 15, 0}, {h.folder.path("two"), 0, 15, 0}}}});
  h.run_until_ended(1);
  const std::string place = h.folder.path("two") + ": byte 11: column 'n': the value 'x'";
  EXPECT_NE(h.end_of(0).failure.message.find(place), std::string::npos) << h.end_of(0).failure.message;
}

TEST(TableFrames, FilesWithColumnsInAnotherOrderGiveTheSameColumns) {
  if (!has_pandas()) GTEST_SKIP() << "needs pandas";
  DriverHarness h("def run(frame):\n    return [repr(frame.values.tolist())]\n",
                  [](ScriptSettings& s) { with_frames(s, HeaderMode::all_files_different_headers); });
  h.folder.write("one", "n,name\n1,a\n2,b\n");
  h.folder.write("two", "name,n\na,1\nb,2\n");
  h.give(piece(h, 0, "one", 8, 15));
  h.give(piece(h, 1, "two", 8, 15));
  h.run_until_ended(2);
  for (std::uint64_t i = 0; i < 2; ++i)
    EXPECT_EQ(h.rows.at(i), "[[2, 'b']]\n") << h.end_of(i).failure.message << h.end_of(i).failure.detail;
}

}  // namespace
}  // namespace prs
