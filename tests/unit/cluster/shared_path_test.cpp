#include "cluster/shared_path.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temporary_folder.hpp"

namespace prs {
namespace {

/// Rank 0 has described a path; then its place is changed to what another host has there.
class SharedPathTest : public ::testing::Test {
 protected:
  Sight look(const SharedPath& path) { return look_at({path}, {Duration::zero(), std::chrono::seconds(60)}).at(0); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder.file(name)) << text; }
  SharedPath described(const std::string& name) { return shared_path_of("thing", folder.file(name)).value(); }
  void make_folder(const std::string& name) { std::filesystem::create_directory(folder.file(name)); }

  TemporaryFolder folder;
};

TEST_F(SharedPathTest, ComparesAFile) {
  write("a", "12345");
  const SharedPath wanted = described("a");
  EXPECT_EQ(look(wanted), Sight::same);
  write("a", "1234");
  EXPECT_EQ(look(wanted), Sight::other_size);
  std::filesystem::remove(folder.file("a"));
  EXPECT_EQ(look(wanted), Sight::missing);
  make_folder("a");
  EXPECT_EQ(look(wanted), Sight::other_kind);
}

TEST_F(SharedPathTest, ComparesAFolder) {
  make_folder("a");
  write("a/b", "");
  const SharedPath wanted = described("a");
  EXPECT_EQ(look(wanted), Sight::same);
  write("a/c", "1");
  EXPECT_EQ(look(wanted), Sight::same) << "what is in it may differ: it may be written to while we look";
  std::filesystem::remove_all(folder.file("a"));
  EXPECT_EQ(look(wanted), Sight::missing);
  make_folder("a");
  EXPECT_EQ(look(wanted), Sight::empty);
  std::filesystem::remove(folder.file("a"));
  write("a", "");
  EXPECT_EQ(look(wanted), Sight::other_kind);
}

TEST_F(SharedPathTest, KnowsTheVeryFolderByItsMark) {
  make_folder("a");
  SharedPath wanted = described("a");
  {
    const FolderMark mark(wanted.path);
    ASSERT_FALSE(mark.name().empty());
    wanted.mark = mark.name();
    EXPECT_EQ(look(wanted), Sight::same);
    std::filesystem::rename(wanted.path, folder.file("elsewhere"));
    make_folder("a");
    EXPECT_EQ(look(wanted), Sight::other_folder);
    std::filesystem::remove(wanted.path);
    std::filesystem::rename(folder.file("elsewhere"), wanted.path);
  }
  EXPECT_TRUE(std::filesystem::is_empty(wanted.path));
}

TEST_F(SharedPathTest, HasNoMarkWhereNothingCanBeWritten) {
  EXPECT_EQ(FolderMark(folder.file("missing")).name(), "");
}

TEST_F(SharedPathTest, WantsAProgramThatCanBeExecuted) {
  SharedPath wanted;
  wanted.kind = SharedPath::Kind::program;
  wanted.path = "/bin/sh";
  EXPECT_EQ(look(wanted), Sight::same);
  wanted.path = folder.file("python");
  EXPECT_EQ(look(wanted), Sight::missing);
  write("python", "#!/bin/sh\n");
  EXPECT_EQ(look(wanted), Sight::unreadable);
}

TEST_F(SharedPathTest, WaitsForWhatACacheHidesForAWhile) {
  write("b", "12");
  SharedPath wanted = described("b");
  std::filesystem::remove(folder.file("b"));
  std::thread late([&] { write("b", "12"); });
  EXPECT_EQ(look_at({wanted}, {std::chrono::seconds(60), std::chrono::seconds(120)}).at(0), Sight::same);
  late.join();
}

TEST_F(SharedPathTest, LeavesPipesAndDevicesAlone) {
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(shared_path_of("thing", folder.file("pipe")));
  EXPECT_FALSE(shared_path_of("thing", folder.file("missing")));
  write("a", "");
  SharedPath wanted = described("a");
  wanted.path = folder.file("pipe");
  EXPECT_EQ(look(wanted), Sight::other_kind);
}

/// What is missing is looked for until patience ends, which stands for a file system that does not answer.
TEST_F(SharedPathTest, NamesThePathAtWhichAFileSystemHangs) {
  write("a", "");
  write("b", "");
  const std::vector<SharedPath> paths = {described("a"), described("b"), described("a")};
  std::filesystem::remove(folder.file("b"));
  const auto sights = look_at(paths, {std::chrono::seconds(1), std::chrono::milliseconds(1)});
  // The thread may be slow to begin: then it hangs at the first one.
  EXPECT_TRUE((sights == std::vector{Sight::same, Sight::hung, Sight::unknown}) ||
              (sights == std::vector{Sight::hung, Sight::unknown, Sight::unknown}));
}

TEST_F(SharedPathTest, FindsTheNearestFolderThatIsThere) {
  EXPECT_EQ(nearest_existing(folder.file("x/y/z")), folder.path());
  EXPECT_EQ(nearest_existing(folder.path()), folder.path());
  EXPECT_EQ(nearest_existing("/no such folder"), "/");
}

TEST_F(SharedPathTest, ComesBackFromItsBytes) {
  SharedPath path;
  path.what = "input 'a'";
  path.path = "/data";
  path.kind = SharedPath::Kind::folder;
  path.size_bytes = 7;
  path.has_entries = true;
  path.is_required = false;
  path.mark = ".m";
  const auto back = shared_paths_of_bytes(to_bytes({path, {}}));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].what, path.what);
  EXPECT_EQ(back[0].path, path.path);
  EXPECT_EQ(back[0].kind, path.kind);
  EXPECT_EQ(back[0].size_bytes, path.size_bytes);
  EXPECT_TRUE(back[0].has_entries);
  EXPECT_FALSE(back[0].is_required);
  EXPECT_EQ(back[0].mark, path.mark);
}

}  // namespace
}  // namespace prs
