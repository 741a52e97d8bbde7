#include "script/loader_wire.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace prs {
namespace {

/// Cut at every byte, and with one byte too many.
template <typename Read>
void expect_refused_unless_whole(const std::string& payload, const Read& read) {
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_THROW(read(std::string_view(payload).substr(0, size)), std::out_of_range) << size;
  EXPECT_THROW(read(payload + '\0'), std::out_of_range);
}

TEST(LoaderWire, ALoadComesBackAsItWas) {
  const TableItems items{3, {{"/a\xff b", 1, 1ULL << 40, 5}, {"/b", 0, 0, 0, PieceUnit::bytes, true}}};
  EXPECT_EQ(items_of_load(load_bytes(items)), items);
  expect_refused_unless_whole(load_bytes(items), items_of_load);
  std::string neither = load_bytes(items);
  neither.back() = 2;
  EXPECT_THROW(items_of_load(neither), std::out_of_range);
}

TEST(LoaderWire, AScanComesBackAsItWas) {
  const std::string bytes = scan_bytes({1ULL << 33, {3, {{"/a", 1, 1ULL << 40, 0}, {"/b", 0, 7, 0}}}});
  EXPECT_EQ(order_of_scan(bytes).step_bytes, 1ULL << 33);
  EXPECT_EQ(order_of_scan(bytes).items, (TableItems{3, {{"/a", 1, 1ULL << 40, 0}, {"/b", 0, 7, 0}}}));
  expect_refused_unless_whole(bytes, order_of_scan);
}

TEST(LoaderWire, ADescriptionComesBackAsItWas) {
  const std::string bytes = described_bytes({1ULL << 40, 7, 1ULL << 33, "{}"});
  const DescribedTable table = table_of_described(bytes);
  EXPECT_EQ(table.rows, 1ULL << 40);
  EXPECT_EQ(table.bytes_per_row, 7u);
  EXPECT_EQ(table.chunk_rows, 1ULL << 33);
  EXPECT_EQ(table.layout, "{}");
  expect_refused_unless_whole(bytes, table_of_described);
}

TEST(LoaderWire, AnAnswerComesBackAsItWas) {
  const std::string loaded = loaded_bytes({7, 1ULL << 33, {{7, 1ULL << 33, 1ULL << 34, 5, "a,b"}, {}}});
  EXPECT_EQ(size_of_loaded(loaded).items, 7u);
  EXPECT_EQ(size_of_loaded(loaded).bytes, 1ULL << 33);
  ASSERT_EQ(size_of_loaded(loaded).pieces.size(), 2u);
  EXPECT_EQ(size_of_loaded(loaded).pieces[0].items, 7u);
  EXPECT_EQ(size_of_loaded(loaded).pieces[0].bytes, 1ULL << 33);
  EXPECT_EQ(size_of_loaded(loaded).pieces[0].begin, 1ULL << 34);
  EXPECT_EQ(size_of_loaded(loaded).pieces[0].traits, 5u);
  EXPECT_EQ(size_of_loaded(loaded).pieces[0].header, "a,b");
  expect_refused_unless_whole(loaded, size_of_loaded);
  const Failure failure{"LoadError", "one line", std::string("with a \0", 8)};
  EXPECT_EQ(failure_of_load(load_failed_bytes(failure)), failure);
  expect_refused_unless_whole(load_failed_bytes(failure), failure_of_load);
}

TEST(LoaderWire, AFailureOfAnyLengthFitsAFrame) {
  const std::string endless(10 << 20, 'x');
  EXPECT_LT(load_failed_bytes({endless, endless, endless}).size(), largest_frame_from_loader_bytes);
}

TEST(LoaderWire, EveryOptionOfAnInputComesBackAsItWas) {
  TableOptions options;
  options.format = TableFormat::hdf5;
  options.delimiter = '\t';
  options.encoding = TextEncoding::windows_1252;
  options.header = HeaderMode::all_files_different_headers;
  options.support_multi_line = options.empty_as_string = options.include_path_column = true;
  options.columns = {"a", "b \"c\""};
  options.dropped_columns = {"é"};
  options.dtypes = {{"b", "int64"}, {"a", "str"}};
  options.on_type_error = OnTypeError::null;
  options.dataset = "/group/values";
  const std::vector<TableOptions> inputs = {TableOptions(), options};
  EXPECT_EQ(inputs_of_loader_setup(loader_setup_bytes(inputs)), inputs);
}

}  // namespace
}  // namespace prs
