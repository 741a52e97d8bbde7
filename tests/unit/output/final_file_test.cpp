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
  write_bytes(file.path(), "newer");
  EXPECT_THROW(file.finish(), InfrastructureError);
  EXPECT_THROW(file.finish(4), InfrastructureError);
  EXPECT_EQ(bytes_of(file.path()), "newer");
}

TEST(FinalFile, ReplacesThisRunsOwnEarlierFile) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"), "3-abc");
  file.begin(3, "abc");
  write_bytes(file.path(), "older");
  file.finish(5);
  EXPECT_EQ(bytes_of(file.path()), "abc");
  EXPECT_FALSE(std::filesystem::exists(file.building_path()));
}

}  // namespace
}  // namespace prs
