// What one mini-batch is made of: its items one by one, their names for people, its size.
#include "model/mini_batch_items.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace prs {
namespace {

using Strings = std::vector<std::string>;

std::string joined(const Strings& paths) {
  std::string text;
  for (const std::string& path : paths) text.append(path).push_back('\0');
  return text;
}

MiniBatchItems files(const Strings& paths) {
  return FileItems(joined(paths), static_cast<std::uint32_t>(paths.size()));
}

Strings listed(const MiniBatchItems& items) {
  Strings names;
  for_each_item(items, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

Strings backwards(std::string_view text) {
  const PathList paths(text);
  Strings found;
  for (auto at = paths.end(); at != paths.begin();) found.emplace_back(*--at);
  std::reverse(found.begin(), found.end());
  return found;
}

const std::vector<Strings> examples = {{}, {"/a"}, {"/a", "/b"}, {"/a\n", "/ \xff,\"", "/c/d/e"}, {"", "x", "", ""}};

}  // namespace

TEST(MiniBatchItems, OfFilesAreTheirPathsInOrderWithAnyByteInThem) {
  for (const Strings& paths : examples) {
    EXPECT_EQ(listed(files(paths)), paths);
    EXPECT_EQ(item_count(files(paths)), paths.size());
    EXPECT_EQ(size_bytes(files(paths)), joined(paths).size());
  }
}

TEST(MiniBatchItems, ANameForPeopleStandsForOneItemAndTwoForMore) {
  EXPECT_EQ(names_of(files({})), (ItemNames{"", ""}));
  EXPECT_EQ(names_of(files({"/a"})), (ItemNames{"/a", ""}));
  EXPECT_EQ(names_of(files({"/a", "/b"})), (ItemNames{"/a", "/b"}));
  EXPECT_EQ(names_of(files({"/a", "/b", "/c"})), (ItemNames{"/a", "/c"}));
}

TEST(MiniBatchItems, OfATableAreItsPiecesAndCountAsOneItem) {
  const TablePiece first{"/a,\"b", 0, 1048576, 0}, last{"/c", 7, 8, 3};
  const MiniBatchItems one = TableItems{2, {first}}, two = TableItems{2, {first, last}};
  EXPECT_EQ(listed(one), (Strings{"/a,\"b#bytes=0-1048575"}));
  EXPECT_EQ(listed(two), (Strings{"/a,\"b#bytes=0-1048575", "/c#bytes=7-7"}));
  EXPECT_EQ(names_of(one), (ItemNames{"/a,\"b#bytes=0-1048575", ""}));
  EXPECT_EQ(names_of(two), (ItemNames{"/a,\"b#bytes=0-1048575", "/c#bytes=7-7"}));
  EXPECT_EQ(item_count(one), 1u);
  EXPECT_EQ(item_count(two), 1u);
  EXPECT_GT(size_bytes(two), size_bytes(one) + last.path.size());
}

TEST(MiniBatchItems, RowsAreCountedWhereTheyAreKnown) {
  const TablePiece first{"/a", 10, 20, 0, PieceUnit::rows}, last{"/b", 0, 5, 0, PieceUnit::rows};
  const TablePiece unreadable{"/c", 0, 0, 0, PieceUnit::rows};
  EXPECT_EQ(listed(TableItems{0, {first, last}}), (Strings{"/a#rows=10-19", "/b#rows=0-4"}));
  EXPECT_EQ(item_count(TableItems{0, {first, last}}), 15u);
  EXPECT_EQ(listed(TableItems{0, {unreadable}}), (Strings{"/c"}));
  EXPECT_EQ(item_count(TableItems{0, {first, unreadable}}), 1u);
}

TEST(MiniBatchItems, APieceWithoutBytesHasNoLastByteInItsName) {
  EXPECT_EQ(listed(TableItems{0, {{"/a", 0, 0, 0}}}), (Strings{"/a"}));
  EXPECT_EQ(names_of(TableItems{}), (ItemNames{"", ""}));
}

TEST(PathList, IsTheSameBackwards) {
  for (const Strings& paths : examples) EXPECT_EQ(backwards(joined(paths)), paths);
}

TEST(PathList, EndsWithTheTextWhereTheLastNulIsMissing) {
  const std::string text = joined({"/a", "/bc"});
  const std::string_view cut = std::string_view(text).substr(0, text.size() - 2);
  EXPECT_EQ(listed(FileItems(std::string(cut), 2)), (Strings{"/a", "/b"}));
  EXPECT_EQ(backwards(cut), (Strings{"/a", "/b"}));
  EXPECT_EQ(names_of(FileItems(std::string(cut), 2)), (ItemNames{"/a", "/b"}));
}

TEST(PathList, IteratorsAreWhatAlgorithmsExpect) {
  const std::string text = joined({"/a", "/b", "/c"});
  const PathList paths(text);
  EXPECT_EQ(std::distance(paths.begin(), paths.end()), 3);
  auto at = paths.begin();
  EXPECT_EQ(*at++, "/a");
  EXPECT_EQ(*at, "/b");
  EXPECT_EQ(*at--, "/b");
  EXPECT_EQ(at, paths.begin());
}

}  // namespace prs
