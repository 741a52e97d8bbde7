#include "dataset/folder_entry.hpp"

#include <algorithm>
#include <array>

#include "file_tree.hpp"

namespace prs::test {
namespace {

class KindOfEntry : public ::testing::Test {
 protected:
  KindOfEntry() {
    tree.files({"file", "folder/x"});
    tree.link("file", "to-file");
    tree.link("folder", "to-folder");
    tree.link("nowhere", "broken");
    ::mkfifo(tree.path("pipe").c_str(), 0644);
    fd.reset(::open(tree.root().c_str(), O_RDONLY | O_DIRECTORY));
  }
  FileTree tree;
  UniqueFd fd;
};

TEST_F(KindOfEntry, IsFoundOutWhereTheListingDoesNotTell) {
  EXPECT_EQ(kind_of(fd.get(), "file", DT_UNKNOWN), EntryKind::file);
  EXPECT_EQ(kind_of(fd.get(), "folder", DT_UNKNOWN), EntryKind::folder);
  EXPECT_EQ(kind_of(fd.get(), "to-file", DT_UNKNOWN), EntryKind::file);
  EXPECT_EQ(kind_of(fd.get(), "to-folder", DT_UNKNOWN), EntryKind::folder);
  EXPECT_EQ(kind_of(fd.get(), "broken", DT_UNKNOWN), EntryKind::broken_link);
  EXPECT_EQ(kind_of(fd.get(), "pipe", DT_UNKNOWN), EntryKind::special);
  EXPECT_EQ(kind_of(fd.get(), "never-there", DT_UNKNOWN), EntryKind::gone);
}

TEST_F(KindOfEntry, FollowsLinks) {
  EXPECT_EQ(kind_of(fd.get(), "to-file", DT_LNK), EntryKind::file);
  EXPECT_EQ(kind_of(fd.get(), "to-folder", DT_LNK), EntryKind::folder);
  EXPECT_EQ(kind_of(fd.get(), "broken", DT_LNK), EntryKind::broken_link);
}

TEST_F(KindOfEntry, AsksTheFileSystemNothingWhereTheListingTells) {
  EXPECT_EQ(kind_of(-1, "file", DT_REG), EntryKind::file);
  EXPECT_EQ(kind_of(-1, "folder", DT_DIR), EntryKind::folder);
  EXPECT_EQ(kind_of(-1, "pipe", DT_FIFO), EntryKind::special);
}

TEST_F(KindOfEntry, ASmallBufferListsAllEntriesToo) {
  std::array<char, 300> buffer;
  std::vector<std::string> names;
  EXPECT_EQ(for_each_entry(fd.get(), buffer, [&](const char* name, unsigned char) { names.emplace_back(name); }), 0);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"broken", "file", "folder", "pipe", "to-file", "to-folder"}));
}

}  // namespace
}  // namespace prs::test
