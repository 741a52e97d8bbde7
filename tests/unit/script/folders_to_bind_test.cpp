// What a container is given (rule 4.7).

#include "script/folders_to_bind.hpp"

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::ScratchFolder;
using Folders = std::vector<std::string>;

struct FoldersToBind : testing::Test {
  void make(const std::string& name) { std::filesystem::create_directories(folder.path(name)); }
  Folders paths(std::initializer_list<std::string> names) {
    Folders all;
    for (const std::string& name : names) all.push_back(folder.path(name));
    return all;
  }
  ScratchFolder folder;
};

TEST_F(FoldersToBind, StandsInForWhatIsMissingByTheNearestFolderThatIsThere) {
  make("data");
  make("place");
  EXPECT_EQ(folders_to_bind(paths({"data", "place/run/of/today"})), paths({"data", "place"}));
}

TEST_F(FoldersToBind, TakesAPatternUpToItsFirstWildcard) {
  make("data/2024");
  make("other/[old]");
  EXPECT_EQ(folders_to_bind(paths({"data/20*/x/*.png", "other/[old]/*.png"})), paths({"data", "other/[old]"}))
      << "a name that is there is no pattern";
}

TEST_F(FoldersToBind, TakesTheFolderOfAFile) {
  folder.write("models/one.bin", "");
  folder.write("models/two.bin", "");
  EXPECT_EQ(folders_to_bind(paths({"models/one.bin", "models/two.bin"})), paths({"models"}));
}

TEST_F(FoldersToBind, BindsNothingTwice) {
  make("data/a");
  make("data.old");
  EXPECT_EQ(folders_to_bind(paths({"data/a", "data.old", "data", "data/", "data/./a"})), paths({"data", "data.old"}));
}

TEST_F(FoldersToBind, KeepsAChildThatASymbolicLinkTakesElsewhere) {
  make("data");
  make("disk");
  std::filesystem::create_directory_symlink(folder.path("disk"), folder.path("data/link"));
  EXPECT_EQ(folders_to_bind(paths({"data", "data/link"})), paths({"data", "data/link"}));
}

TEST_F(FoldersToBind, RefusesFoldersThatWouldHideTheImagesOwn) {
  EXPECT_THROW(folders_to_bind({"/no-such-folder/run"}), UserError);
  EXPECT_THROW(folders_to_bind({"/opt/no-such-folder"}), UserError);
  EXPECT_THROW(folders_to_bind({"/"}), UserError);
  make("a:b");
  EXPECT_THROW(folders_to_bind(paths({"a:b"})), UserError);
}

}  // namespace
}  // namespace prs
