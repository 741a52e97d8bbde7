#include "support/new_name.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace {
/// What a file system answers to what it cannot do; 0: it can.
int no_link = 0, no_rename = 0;
}  // namespace

// In place of the C library's.
extern "C" int link(const char* from, const char* to) noexcept {
  if (no_link == 0) return ::linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = no_link;
  return -1;
}
extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (no_rename == 0) return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
  errno = no_rename;
  return -1;
}

namespace prs {
namespace {

/// Each test runs once as on a full file system, and then as on such that can do less and less.
class NewName : public testing::TestWithParam<NewNameBy> {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  void write(const std::string& name, const std::string& bytes) const { write_file_atomically(path(name), bytes); }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }

  const TemporaryFolder folder_;
};

std::string name_of(const testing::TestParamInfo<NewNameBy>& info) {
  return info.param == NewNameBy::link ? "Link" : info.param == NewNameBy::rename ? "Rename" : "Exclusion";
}
INSTANTIATE_TEST_SUITE_P(By, NewName, testing::Values(NewNameBy::link, NewNameBy::rename, NewNameBy::exclusion),
                         name_of);

TEST_P(NewName, AFreeNameIsGivenAndTheOldOneIsGone) {
  write("from", "bytes");
  EXPECT_TRUE(rename_to_free_name(path("from"), path("to"), GetParam()));
  EXPECT_EQ(read_file(path("to")), "bytes");
  EXPECT_EQ(count(), 1U);
}

TEST_P(NewName, WhatHasTheNameStaysWhatItIs) {
  write("from", "bytes");
  write("to", "somebody else's");
  EXPECT_FALSE(rename_to_free_name(path("from"), path("to"), GetParam()));
  EXPECT_EQ(read_file(path("to")), "somebody else's");
  std::filesystem::remove(path("to"));
  std::filesystem::create_symlink("nowhere", path("to"));
  EXPECT_FALSE(rename_to_free_name(path("from"), path("to"), GetParam())) << "a dangling link is a name, too";
  EXPECT_EQ(read_file(path("from")), "bytes");
}

TEST_P(NewName, ANewFileIsMadeOnce) {
  EXPECT_TRUE(make_new_file(path("file"), "first", path("beside"), true, GetParam()));
  EXPECT_FALSE(make_new_file(path("file"), "second", path("beside"), true, GetParam()));
  EXPECT_EQ(read_file(path("file")), "first");
  EXPECT_EQ(count(), 1U);
}

TEST_P(NewName, ALeftoverBesideIsNoObstacle) {
  write("beside", "of a start that was killed");
  EXPECT_TRUE(make_new_file(path("file"), "new", path("beside"), false, GetParam()));
  EXPECT_EQ(read_file(path("file")), "new");
  EXPECT_EQ(count(), 1U);
}

TEST_P(NewName, OfManyThatMakeAFileOneDoes) {
  constexpr int rounds = 50, makers = 8;
  for (int round = 0; round < rounds; ++round) {
    std::atomic<int> ready = 0, made = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < makers; ++i)
      threads.emplace_back([&, i] {
        const std::string own = std::to_string(i);
        ++ready;
        while (ready < makers) std::this_thread::yield();
        if (make_new_file(path("file"), own, path("beside." + own), false, GetParam())) ++made;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(read_file(path("file")).size(), 1U);
    EXPECT_EQ(count(), 1U);
    std::filesystem::remove(path("file"));
  }
}

TEST_P(NewName, WhatCannotBeWrittenLeavesNothing) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(make_new_file(path("file"), std::string(10'000, 'x'), path("beside"), true, GetParam()),
               InfrastructureError);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(count(), 0U);
}

TEST_P(NewName, AFolderThatIsNotThereIsAnErrorThatNamesThePath) {
  try {
    make_new_file(path("none/file"), "x", path("none/beside"), true, GetParam());
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find(path("none/")), std::string::npos) << error.what();
  }
  EXPECT_THROW(rename_to_free_name(path("no such file"), path("to"), GetParam()), InfrastructureError);
}

/// A file system that answers so to link(), and the next one to renameat2(), too.
class NewNameWhereRefused : public NewName {
 protected:
  static void refuse(int link_answer, int rename_answer) { no_link = link_answer, no_rename = rename_answer; }
  ~NewNameWhereRefused() override { refuse(0, 0); }
};
INSTANTIATE_TEST_SUITE_P(Here, NewNameWhereRefused, testing::Values(NewNameBy::link), name_of);

TEST_P(NewNameWhereRefused, AnotherWayIsTakenAndNothingIsReplaced) {
  for (const int answer : {EPERM, ENOTSUP, ENOSYS, EMLINK, EINVAL})
    for (const int rename_answer : {0, answer}) {
      refuse(answer, rename_answer);
      EXPECT_TRUE(make_new_file(path("made"), "first", path("beside"))) << answer;
      EXPECT_FALSE(make_new_file(path("made"), "second", path("beside")));
      EXPECT_EQ(read_file(path("made")), "first");
      write("from", "bytes");
      EXPECT_FALSE(rename_to_free_name(path("from"), path("made")));
      EXPECT_EQ(read_file(path("made")), "first");
      EXPECT_TRUE(rename_to_free_name(path("from"), path("to"))) << answer;
      EXPECT_EQ(count(), 2U);
      for (const char* name : {"made", "to"}) std::filesystem::remove(path(name));
    }
}

TEST_P(NewNameWhereRefused, WhatIsTroubleAndNoLackIsAnError) {
  write("from", "bytes");
  for (const int answer : {EIO, EACCES, EROFS, ENOSPC}) {
    refuse(answer, 0);
    EXPECT_THROW(make_new_file(path("made"), "first", path("beside")), InfrastructureError);
    EXPECT_THROW(rename_to_free_name(path("from"), path("to")), InfrastructureError);
    EXPECT_EQ(count(), 1U) << "nothing is left";
  }
}

}  // namespace
}  // namespace prs
