#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

TEST(FinalFile, AppearsUnderItsNameOnlyWhenFinished) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"));
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
  FinalFile file(folder.file("rows.txt"));
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
  FinalFile file(folder.file("rows.txt"));
  file.begin(0, "");
  file.finish();
  EXPECT_EQ(std::filesystem::file_size(file.path()), 0u);
}

TEST(FinalFile, AFullDiskIsMetBeforeAnythingIsCopiedAndLeavesNothing) {
  const OutputFolder folder;
  FinalFile file(folder.file("rows.txt"));
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
  FinalFile file(folder.file("none/rows.txt"));
  try {
    file.begin(1, "");
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("none/.rows.txt.building"), std::string::npos);
  }
}

}  // namespace
}  // namespace prs
