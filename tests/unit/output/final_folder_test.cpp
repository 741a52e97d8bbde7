#include "output/final_folder.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

class FinalFolderTest : public testing::Test {
 protected:
  static bool keep_none(const std::string&) { return false; }
  static fs::file_time_type later(int hours) { return fs::file_time_type::clock::now() + std::chrono::hours(hours); }
  static bool keep_all(const std::string&) { return true; }
  static Files files_in(const std::string& path) {
    Files files;
    for (const auto& entry : fs::directory_iterator(path)) files[entry.path().filename()] = bytes_of(entry.path());
    return files;
  }
  /// The output that an earlier start has given its name.
  FileStamp make_earlier() {
    fs::create_directory(path);
    write_bytes(path + "/part-0", "older");
    return stamp_with_files(path).value();
  }
  static void begin_with(FinalFolder& begun, const std::string& bytes) {
    begun.begin(keep_none);
    write_bytes(begun.building_path() + "/part-0", bytes);
  }

  OutputFolder temporary;
  const std::string path = temporary.file("rows.parquet");
  FinalFolder folder{path, "3-abc"};
};

TEST_F(FinalFolderTest, AppearsUnderItsNameOnlyWhenFinished) {
  begin_with(folder, "abc");
  write_bytes(folder.building_path() + "/.part-1.host-7", "half a file of a lost worker");
  EXPECT_FALSE(fs::exists(path));
  const FileStamp stamp = folder.finish({});
  EXPECT_EQ(stamp, stamp_with_files(path));
  EXPECT_EQ(stamp.length_bytes, 3U);
  EXPECT_EQ(files_in(path), (Files{{"part-0", "abc"}}));
  EXPECT_FALSE(fs::exists(folder.building_path()));
}

TEST_F(FinalFolderTest, NeverReplacesWhatCameThereMeanwhile) {
  begin_with(folder, "abc");
  write_bytes(path, "a file");
  EXPECT_THROW(folder.finish({}), InfrastructureError);
  EXPECT_EQ(bytes_of(path), "a file");
  fs::remove(path);
  make_earlier();
  EXPECT_THROW(folder.finish({}), InfrastructureError);
  EXPECT_EQ(files_in(path), (Files{{"part-0", "older"}}));
  fs::remove_all(path);
  folder.finish({});
  EXPECT_EQ(files_in(path), (Files{{"part-0", "abc"}}));
}

TEST_F(FinalFolderTest, ReplacesThisRunsOwnEarlierOneAndLeavesNothingOfIt) {
  const FileStamp earlier = make_earlier();
  begin_with(folder, "abc");
  folder.finish(earlier);
  EXPECT_EQ(files_in(path), (Files{{"part-0", "abc"}}));
  EXPECT_EQ(std::distance(fs::directory_iterator(temporary.path()), {}), 1);
}

TEST_F(FinalFolderTest, NeverReplacesOneInWhichAFileWasChangedAddedOrRemoved) {
  const FileStamp earlier = make_earlier();
  begin_with(folder, "abc");
  write_bytes(path + "/mine", "mine");
  EXPECT_THROW(folder.finish(earlier), InfrastructureError);
  fs::remove(path + "/mine");
  fs::last_write_time(path, later(1));  // else all this might be in one tick of the clock
  EXPECT_THROW(folder.finish(earlier), InfrastructureError) << "nobody knows what it had for a while";
  const FileStamp again = stamp_with_files(path).value();
  std::ofstream(path + "/part-0", std::ios::in | std::ios::out) << "O";
  fs::last_write_time(path + "/part-0", later(2));
  EXPECT_THROW(folder.finish(again), InfrastructureError);
  EXPECT_EQ(files_in(path), (Files{{"part-0", "Older"}}));
}

TEST_F(FinalFolderTest, GoesOnWithWhatTheLatestLeaseHasMadeOfIt) {
  FinalFolder older(path, "1-x"), newer(path, "2-y"), other(temporary.file("rows.parquet.2"), "1-x"),
      later(path, "4-z");
  begin_with(older, "1");
  fs::create_directory(newer.building_path());
  write_bytes(newer.building_path() + "/part-0", "2");
  write_bytes(newer.building_path() + "/.part-1.host-7", "half");
  begin_with(other, "other");
  fs::create_directory(later.building_path());
  folder.begin([](const std::string& file) { return file.ends_with("/part-0"); });
  EXPECT_EQ(files_in(folder.building_path()), (Files{{"part-0", "2"}}));
  EXPECT_FALSE(fs::exists(older.building_path()));
  EXPECT_FALSE(fs::exists(newer.building_path()));
  EXPECT_TRUE(fs::exists(other.building_path()));
  EXPECT_TRUE(fs::exists(later.building_path())) << "an older job that woke up removed it";
  folder.begin(keep_all);
  EXPECT_EQ(files_in(folder.building_path()), (Files{{"part-0", "2"}})) << "its own";
}

TEST_F(FinalFolderTest, FilesAndLinksWithSuchANameAreLeftAlone) {
  FinalFolder older(path, "1-x"), newer(path, "2-y");
  write_bytes(older.building_path(), "a file");
  fs::create_directory_symlink(temporary.path(), newer.building_path());
  folder.begin(keep_all);
  folder.remove_leftovers();
  EXPECT_EQ(files_in(folder.building_path()), Files());
  EXPECT_TRUE(fs::exists(older.building_path()));
  EXPECT_TRUE(fs::is_symlink(newer.building_path()));
}

TEST_F(FinalFolderTest, AMissingFolderIsAnErrorThatNamesThePath) {
  FinalFolder nowhere(temporary.file("none/rows.parquet"), "3-abc");
  try {
    nowhere.begin(keep_none);
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("/none"), std::string::npos);
  }
}

}  // namespace
}  // namespace prs
