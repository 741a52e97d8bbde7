#include <gtest/gtest.h>

#include <filesystem>

#include "report/try_rows.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

using testing::TestFolder;

std::string header() {
  return std::string(try_row_header());
}

TEST(JoinTryRows, FilesFollowOneAnotherBelowTheHeader) {
  const TestFolder folder;
  write_file_atomically(folder.file("1"), "1,a\n3,a\n");
  write_file_atomically(folder.file("2"), "2,b\n");
  write_file_atomically(folder.file("4"), "");
  join_try_rows({folder.file("1"), folder.file("2"), folder.file("missing"), folder.file("4")},
                folder.file("deep/er/all.csv"));
  EXPECT_EQ(read_file(folder.file("deep/er/all.csv")), header() + "1,a\n3,a\n2,b\n");
  EXPECT_FALSE(std::filesystem::exists(folder.file("deep/er/all.csv.part")));
}

TEST(JoinTryRows, NoFilesGiveTheHeaderAlone) {
  const TestFolder folder;
  join_try_rows({}, folder.file("all.csv"));
  EXPECT_EQ(read_file(folder.file("all.csv")), header());
}

TEST(JoinTryRows, ATornLastLineIsLeftOutWhereverItIsTorn) {
  const TestFolder folder;
  const std::string lines = "1,first\n2,second\n3,third\n";
  for (std::size_t bytes = 0; bytes <= lines.size(); ++bytes) {
    const std::string torn = lines.substr(0, bytes);
    write_file_atomically(folder.file("torn"), torn);
    write_file_atomically(folder.file("whole"), "9,z\n");
    join_try_rows({folder.file("torn"), folder.file("whole")}, folder.file("all.csv"));
    const std::size_t end = torn.rfind('\n');
    const std::string whole = end == std::string::npos ? "" : torn.substr(0, end + 1);
    ASSERT_EQ(read_file(folder.file("all.csv")), header() + whole + "9,z\n") << bytes;
  }
}

TEST(JoinTryRows, FilesLargerThanABlockComeThroughWhole) {
  const TestFolder folder;
  std::string large;
  for (int i = 0; large.size() < (5 << 20); ++i) large += std::to_string(i) + ",row\n";
  const std::string torn(3 << 20, 'x');
  write_file_atomically(folder.file("1"), large + torn);
  write_file_atomically(folder.file("2"), torn);
  write_file_atomically(folder.file("3"), large);
  join_try_rows({folder.file("1"), folder.file("2"), folder.file("3")}, folder.file("all.csv"));
  EXPECT_TRUE(read_file(folder.file("all.csv")) == header() + large + large);
}

TEST(JoinTryRows, AnOlderFileIsReplacedWhole) {
  const TestFolder folder;
  write_file_atomically(folder.file("all.csv"), std::string(100000, 'o'));
  join_try_rows({}, folder.file("all.csv"));
  EXPECT_EQ(read_file(folder.file("all.csv")), header());
}

TEST(JoinTryRows, AFileThatCannotBeReadIsNamed) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.file("folder"));
  write_file_atomically(folder.file("file"), "x\n");
  EXPECT_THROW(join_try_rows({folder.file("folder")}, folder.file("all.csv")), InfrastructureError);
  EXPECT_THROW(join_try_rows({}, folder.file("file/all.csv")), InfrastructureError);
  EXPECT_FALSE(std::filesystem::exists(folder.file("all.csv")));
}

}  // namespace
}  // namespace prs
