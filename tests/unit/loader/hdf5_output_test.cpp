#include "loader/hdf5_output.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "../../file_size_limit.hpp"
#include "../dataset/hdf5_reading.hpp"
#include "column_rows.hpp"
#include "dataset/hdf5_output_file.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

std::string content_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

class Hdf5OutputTest : public testing::Test {
 protected:
  std::string make(const test::ColumnRows& rows, const std::string& name = "out.h5") {
    test::ColumnRows::write(folder.file("rows"), rows.bytes());
    make_hdf5_file(folder.file("rows"), folder.file(name), "the mark");
    return content_of(folder.file(name));
  }

  TemporaryFolder folder{"/tmp"};
};

Hdf5Table opened(const std::string& path) {
  return Hdf5Table({path});
}

TEST_F(Hdf5OutputTest, ItsReaderFindsEveryRowOfEveryBlockInOrder) {
  test::ColumnRows rows;
  std::vector<std::int64_t> wanted;
  for (std::int64_t begin = 0; begin < 1000; begin += 100) {
    const std::vector<std::int64_t> numbers = test::numbers_from(begin, 100);
    wanted.insert(wanted.end(), numbers.begin(), numbers.end());
    rows.block(numbers, std::vector<std::string>(100, begin < 500 ? "é" : "abc"));
  }
  make(rows);
  const Hdf5Table table = opened(folder.file("out.h5"));
  EXPECT_EQ(table.description().rows, 1000u);
  EXPECT_EQ(test::column_names(table), (std::vector<std::string>{"number", "text"}));
  const test::ReadRows read = test::all_rows(table);
  EXPECT_EQ(read.values<std::int64_t>("number"), wanted);
  EXPECT_EQ(read.column("text")["dtype"], "|S3");
  const std::vector<char> texts = read.values<char>("text");
  EXPECT_EQ(std::string(texts.begin(), texts.begin() + 3), std::string("é\0", 3));
  EXPECT_EQ(std::string(texts.end() - 3, texts.end()), "abc");
}

TEST_F(Hdf5OutputTest, OneLongTextAmongShortOnesDoesNotMakeAllOfThemLong) {
  test::ColumnRows rows;
  const std::string lengthy(1 << 20, 'x');
  std::vector<std::string> texts(1000, "short");
  rows.block(test::numbers_from(0, texts.size()), texts);
  rows.block({1000}, {lengthy});
  EXPECT_LT(make(rows).size(), 4 * lengthy.size());
  texts.push_back(lengthy);
  EXPECT_EQ(test::all_rows(opened(folder.file("out.h5"))).texts("text"), texts);
}

TEST_F(Hdf5OutputTest, TheSameRowsMakeTheSameBytesHoweverTheyLieInBlocks) {
  test::ColumnRows one, many;
  one.block({1, 2, 3}, {"a", "bb", ""});
  many.block({1}, {"a"});
  many.block({}, {});
  many.block({2, 3}, {"bb", ""});
  EXPECT_EQ(make(one), make(many, "other.h5"));
}

TEST_F(Hdf5OutputTest, NoRowsMakeColumnsWithoutRowsAndAnEarlierFileIsReplaced) {
  test::ColumnRows some, none;
  some.block(test::numbers_from(0, 5000), std::vector<std::string>(5000, "text"));
  none.block({}, {});
  make(some);
  make(none);
  const Hdf5Table table = opened(folder.file("out.h5"));
  EXPECT_EQ(table.description().rows, 0u);
  EXPECT_EQ(table.description().columns.size(), 2u);
}

/// As prs_hdf5_output ends: the library would try to write at the end of the process what it could not write.
[[noreturn]] void make_on_a_full_disk(const std::string& rows, const std::string& path) {
  const FileSizeLimit limit(1 << 20);
  try {
    make_hdf5_file(rows, path, "the mark");
  } catch (const InfrastructureError& error) {
    std::fputs(error.what(), stderr);
    std::_Exit(7);
  }
  std::_Exit(0);
}

TEST_F(Hdf5OutputTest, ADiskThatIsFullIsToldWithTheNameOfTheFile) {
  test::ColumnRows rows;
  rows.block(test::numbers_from(0, 500'000), std::vector<std::string>(500'000, "text"));
  test::ColumnRows::write(folder.file("rows"), rows.bytes());
  EXPECT_EXIT(make_on_a_full_disk(folder.file("rows"), folder.file("out.h5")), testing::ExitedWithCode(7),
              "cannot write " + folder.file("out.h5"));
}

TEST_F(Hdf5OutputTest, AnHdf5OutputFileOfTypesHasThemAll) {
  const std::vector<Hdf5ColumnPlan> plans{
      {"flag", "bool", 2}, {"small", "int8", 2}, {"real", "float32", 2}, {"time", "datetime64[us]", 2}};
  Hdf5OutputFile file(folder.file("typed.h5"), "the mark", plans);
  file.append(0, 2, std::string("\1\0", 2));
  file.append(1, 2, "\xff\7");
  file.append(2, 2, std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
  for (int half = 0; half < 2; ++half) file.append(3, 1, std::string("\5\0\0\0\0\0\0\0", 8));
  file.finish();
  const test::ReadRows read = test::all_rows(opened(folder.file("typed.h5")));
  EXPECT_EQ(read.column("flag")["dtype"], "|b1");
  EXPECT_EQ(read.values<std::int8_t>("small"), (std::vector<std::int8_t>{-1, 7}));
  EXPECT_EQ(read.values<float>("real"), (std::vector<float>{1, -2}));
  EXPECT_EQ(read.values<std::int64_t>("time"), (std::vector<std::int64_t>{5, 5}));
}

}  // namespace
}  // namespace prs
