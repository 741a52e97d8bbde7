#include "support/posix_io.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

namespace prs {

TEST(PosixIo, AnAtomicallyWrittenFileIsThereWholeAndNothingBesideIt) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/file";
  write_file_atomically(path, "first");
  write_file_atomically(path, "second");
  EXPECT_EQ(read_file(path), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()),
            1);
}

TEST(PosixIo, WhatCouldNotBeWrittenLeavesNoHalfOfIt) {
  const TemporaryFolder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string bytes(10'000, 'x');
  EXPECT_THROW(write_file_atomically(folder.path() + "/one", bytes), InfrastructureError);
  EXPECT_THROW(try_room(folder.path() + "/three", bytes.size()), InfrastructureError);
  EXPECT_NO_THROW(try_room(folder.path() + "/four", 4096));
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(PosixIo, WhyAFolderIsNotToBeWrittenInIsTold) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0500));
  EXPECT_EQ(why_not_writable(folder.file("nowhere")), "No such file or directory");
  const bool is_root = ::geteuid() == 0;  // who may write anywhere
  if (is_root) {
    EXPECT_EQ(why_not_writable(folder.path()), "");
    ASSERT_EQ(::seteuid(65534), 0);
  }
  EXPECT_EQ(why_not_writable(folder.path()), "Permission denied");
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
}

TEST(PosixIo, ATreeIsDeletedAndWhatLinksLeadToIsNot) {
  const TemporaryFolder folder;
  make_folders(folder.path() + "/tree/a/b");
  make_folders(folder.path() + "/kept");
  write_file_atomically(folder.path() + "/kept/file", "x");
  write_file_atomically(folder.path() + "/tree/a/file", "x");
  std::filesystem::create_symlink(folder.path() + "/kept", folder.path() + "/tree/a/link");
  remove_tree(folder.path() + "/tree");
  remove_tree(folder.path() + "/tree");  // nothing there is no error
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/tree"));
  EXPECT_EQ(read_file(folder.path() + "/kept/file"), "x");
}

TEST(PosixIo, AFailureNamesThePathAndTheCause) {
  try {
    read_file("/no/such/file");
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_STREQ(error.what(), "cannot open: /no/such/file: No such file or directory");
  }
}

TEST(TemporaryFolder, LiesInTheFolderThatIsNamed) {
  const TemporaryFolder outer;
  const TemporaryFolder inner(outer.path());
  EXPECT_EQ(std::filesystem::path(inner.path()).parent_path(), outer.path());
  EXPECT_EQ(inner.file("a"), inner.path() + "/a");
}

TEST(TemporaryFolder, IsGoneAtTheEndWithWhatIsInIt) {
  std::string path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    make_folders(path + "/a/b");
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace prs
