#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

TEST(FinalFile, AppearsUnderItsNameOnlyWhenFinished) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  EXPECT_FALSE(std::filesystem::exists(file.building_path()));
  file.begin(8, "head\n");
  EXPECT_FALSE(std::filesystem::exists(file.path()));
  EXPECT_EQ(std::filesystem::path(file.building_path()).parent_path(),
            std::filesystem::path(file.path()).parent_path());
  file.finish();
  EXPECT_EQ(bytes_of(file.path()), std::string("head\n\0\0\0", 8));
  EXPECT_FALSE(std::filesystem::exists(file.building_path()));
}

TEST(FinalFile, LeftoversOfAnEarlierBeginningVanish) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  write_bytes(file.building_path(), std::string(100, 'x'));
  std::ofstream stalled(file.building_path(), std::ios::binary | std::ios::in);
  file.begin(3, "");
  stalled << "late";  // an older job that still has it open
  stalled.close();
  file.finish();
  EXPECT_EQ(bytes_of(file.path()), std::string(3, '\0'));
}

TEST(FinalFile, AnEmptyOutputIsAnEmptyFile) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  file.begin(0, "");
  file.finish();
  EXPECT_EQ(std::filesystem::file_size(file.path()), 0u);
}

TEST(FinalFile, AFullDiskIsMetBeforeAnythingIsCopiedAndLeavesNothing) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  const FileSizeLimit limit(1 << 20);
  try {
    file.begin(2 << 20, "head\n");
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find(file.building_path()), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("2097152 bytes"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(file.building_path()));
}

TEST(FinalFile, AMissingFolderIsAnErrorThatNamesThePath) {
  const OutputFolder folder;
  FinalFile file(folder.file("none/rows.txt"), "3-abc");
  try {
    file.begin(1, "");
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("none/.rows.txt.3-abc.building"), std::string::npos);
  }
}

TEST(FinalFile, EachLeaseBuildsInAFileOfItsOwnAndRemovesThoseOfEarlierOnes) {
  const OutputFolder folder;
  FinalFile older(folder.file("rows.txt"), "9-abc"), newer(folder.file("rows.txt"), "10-def");
  FinalFile other(folder.file("rows.txt.2"), "1-abc");
  older.begin(1, "");
  other.begin(1, "");
  write_bytes(folder.file(".rows.txt.x.building"), "not ours");
  newer.begin(1, "");
  EXPECT_FALSE(std::filesystem::exists(older.building_path()));
  EXPECT_TRUE(std::filesystem::exists(other.building_path()));
  EXPECT_TRUE(std::filesystem::exists(folder.file(".rows.txt.x.building")));
  older.begin(1, "");
  EXPECT_TRUE(std::filesystem::exists(newer.building_path())) << "an older job that woke up removed it";
}

TEST(FinalFile, NeverReplacesAFileThatCameThereMeanwhile) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  file.begin(3, "abc");
  write_bytes(folder.file("other"), "newer");
  write_bytes(file.path(), "newer");
  EXPECT_THROW(file.finish(), InfrastructureError);
  EXPECT_THROW(file.finish(stamp_of(folder.file("other"))), InfrastructureError) << "of the same length";
  EXPECT_EQ(bytes_of(file.path()), "newer");
}

TEST(FinalFile, NeverReplacesItsEarlierFileOnceThatWasChanged) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  write_bytes(file.path(), "older");
  const auto earlier = stamp_of(file.path());
  file.begin(3, "abc");
  std::ofstream(file.path(), std::ios::in | std::ios::out) << "O";
  std::filesystem::last_write_time(file.path(), std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_THROW(file.finish(earlier), InfrastructureError);
  EXPECT_EQ(bytes_of(file.path()), "Older");
}

TEST(FinalFile, ReplacesThisRunsOwnEarlierFileAndTellsHowItIsThen) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  file.begin(3, "abc");
  write_bytes(file.path(), "older");
  const FileStamp stamp = file.finish(stamp_of(file.path()));
  EXPECT_EQ(bytes_of(file.path()), "abc");
  EXPECT_EQ(stamp, stamp_of(file.path()));
  EXPECT_FALSE(std::filesystem::exists(file.building_path()));
}

TEST(FinalFile, GoesOnWithWhatAnEarlierLeaseBegan) {
  const OutputFolder folder;
  FinalFile older(folder.file("rows.txt"), "3-abc"), newer(folder.file("rows.txt"), "5-def");
  older.begin(8, "head\n");
  write_bytes(folder.file(".rows.txt.4-x.building"), "left by a job that woke up");
  const auto begun = newer.find_begun({"2-gone", "3-abc", "4-killed-before-it-took-it"}, 8, "head\n");
  ASSERT_EQ(begun, older.building_path());
  const std::uint64_t inode = stamp_of(*begun)->inode;
  ASSERT_TRUE(newer.take_over(*begun));
  EXPECT_FALSE(std::filesystem::exists(older.building_path()));
  EXPECT_FALSE(std::filesystem::exists(folder.file(".rows.txt.4-x.building")));
  EXPECT_EQ(newer.finish().inode, inode);
  EXPECT_EQ(bytes_of(newer.path()), std::string("head\n\0\0\0", 8));
}

TEST(FinalFile, GoesOnWithNothingThatIsNotAsItWasBegun) {
  const OutputFolder folder;
  FinalFile older(folder.file("rows.txt"), "3-abc"), newer(folder.file("rows.txt"), "5-def");
  const auto find = [&] { return newer.find_begun({"3-abc"}, 8, "head\n"); };
  EXPECT_FALSE(find()) << "not there";
  older.begin(8, "head\n");
  EXPECT_TRUE(find());
  EXPECT_FALSE(newer.find_begun({}, 8, "head\n")) << "of no lease that the ledger knows";
  EXPECT_FALSE(newer.find_begun({"3-abc"}, 8, "Head\n"));
  std::filesystem::create_hard_link(older.building_path(), older.path());
  EXPECT_FALSE(find()) << "it is the output already";
  std::filesystem::remove(older.path());
  EXPECT_TRUE(find());
  std::filesystem::resize_file(older.building_path(), 7);
  EXPECT_FALSE(find()) << "cut";
  std::filesystem::remove(older.building_path());
  write_bytes(folder.file("elsewhere"), "head\n123");
  std::filesystem::create_symlink(folder.file("elsewhere"), older.building_path());
  EXPECT_FALSE(find()) << "a link";
  EXPECT_FALSE(newer.take_over(folder.file("none")));
}

}  // namespace
}  // namespace prs
