#include "loader/column_blocks.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "column_rows.hpp"
#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

class ColumnBlocksTest : public testing::Test {
 protected:
  /// All that it has: the rows of each block, and the data behind each other.
  std::vector<std::string> read(const std::string& bytes) {
    test::ColumnRows::write(path, bytes);
    ColumnBlocks blocks(path);
    std::vector<std::string> found;
    while (blocks.next()) {
      found.push_back(std::to_string(blocks.rows()));
      for (std::size_t i = 0; i < blocks.parts().size(); ++i) found.emplace_back(blocks.take());
    }
    return found;
  }

  TemporaryFolder folder{"/tmp"};
  const std::string path = folder.file("rows");
};

TEST_F(ColumnBlocksTest, GivesEachBlockWithItsColumnsAndAllAgainAfterRewind) {
  test::ColumnRows rows;
  rows.block({1, -2}, {"a", "bcd"});
  rows.block({}, {});
  rows.block({3}, {""});
  test::ColumnRows::write(path, rows.bytes());
  ColumnBlocks blocks(path);
  ASSERT_EQ(blocks.columns().size(), 2u);
  EXPECT_EQ(blocks.columns()[1].name + " " + blocks.columns()[1].type, "text str");
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_TRUE(blocks.next());
    EXPECT_EQ(blocks.rows(), 2u);
    EXPECT_EQ(blocks.parts()[1].longest_bytes, 3u);
    EXPECT_EQ(blocks.take(), std::string("\1\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 16));
    EXPECT_EQ(blocks.take(), std::string("\1\0\0\0\3\0\0\0", 8) + "abcd");
    ASSERT_TRUE(blocks.next());
    EXPECT_EQ(blocks.rows(), 0u);
    ASSERT_TRUE(blocks.next());
    EXPECT_FALSE(blocks.next());
    blocks.rewind();
  }
}

TEST_F(ColumnBlocksTest, BlocksLargerThanItsWindowAreWhole) {
  test::ColumnRows rows;
  std::vector<std::int64_t> numbers(300'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int64_t>(i * i);
  rows.block(numbers, std::vector<std::string>(numbers.size(), std::string(5, 'x')));
  rows.block({7}, {"last"});
  const std::vector<std::string> found = read(rows.bytes());
  ASSERT_EQ(found.size(), 6u);
  EXPECT_EQ(found[1].size(), 8 * numbers.size());
  EXPECT_EQ(found[1].substr(8000, 8), std::string("\x40\x42\x0f\0\0\0\0\0", 8));
  EXPECT_EQ(found[2].size(), 9 * numbers.size());
  EXPECT_EQ(found[5], std::string("\4\0\0\0", 4) + "last");
}

TEST_F(ColumnBlocksTest, AFileThatIsCutAnywhereButBetweenBlocksIsRefused) {
  test::ColumnRows rows;
  rows.block({1, 2}, {"a", "b"});
  rows.block({3}, {"ccc"});
  for (std::size_t length = 0; length < rows.bytes().size(); ++length) {
    const auto& ends = rows.block_ends();
    if (const auto at = std::find(ends.begin(), ends.end(), length); at != ends.end())
      EXPECT_EQ(read(rows.bytes().substr(0, length)).size(), 3u * static_cast<std::size_t>(at - ends.begin()));
    else
      EXPECT_THROW(read(rows.bytes().substr(0, length)), InfrastructureError) << length;
  }
}

TEST_F(ColumnBlocksTest, BytesThatAreNoRowsAreRefusedAndNothingElseHappens) {
  for (const char* const header :
       {"", "\n", "null\n", "[]\n", "{}\n", "{\"a\": 1}\n", "{\"a\": null}\n", "{\"a\"\n", "\xff\n"})
    EXPECT_THROW(read(header), InfrastructureError) << header;
  test::ColumnRows rows;
  rows.block({1, 2}, {"a", "b"});
  for (std::size_t at = 0; at < rows.bytes().size(); ++at) {
    std::string damaged = rows.bytes();
    damaged[at] = static_cast<char>(0xff);
    try {
      read(damaged);  // values may be any
    } catch (const InfrastructureError&) {
    }
  }
}

}  // namespace
}  // namespace prs
