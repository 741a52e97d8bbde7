#include "report/page_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "model/run_folder.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

const std::string page_text = "<meta name=\"generator\" content=\"prs_mpi\">" + std::string(50'000, 'x');

std::ptrdiff_t entries_in(const std::string& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST(PageFile, WhatIsThereIsTold) {
  const TemporaryFolder folder;
  const std::string page = folder.file("page"), other = folder.file("other"), fifo = folder.file("fifo");
  write_file_atomically(page, page_text);
  write_file_atomically(other, "mine");
  write_file_atomically(folder.file("empty"), "");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  fs::create_symlink(page, folder.file("to_page"));
  fs::create_symlink(other, folder.file("to_other"));
  fs::create_symlink(folder.file("nowhere"), folder.file("broken"));
  fs::create_symlink(folder.file("circle"), folder.file("circle"));
  EXPECT_EQ(place_of_page(folder.file("nowhere")), PagePlace::free);
  for (const char* name : {"page", "to_page"}) EXPECT_EQ(place_of_page(folder.file(name)), PagePlace::page) << name;
  for (const char* name : {"other", "to_other", "empty"})
    EXPECT_EQ(place_of_page(folder.file(name)), PagePlace::other) << name;
  for (const char* name : {"", "fifo", "broken", "circle"})
    EXPECT_EQ(place_of_page(folder.file(name)), PagePlace::odd) << name;
}

TEST(PageFile, ALinkToAPageIsFollowed) {
  const TemporaryFolder folder, elsewhere;
  fs::create_symlink(elsewhere.file("page"), folder.file("link"));
  write_page(elsewhere.file("page"), "old");
  write_page(folder.file("link"), page_text);
  EXPECT_TRUE(fs::is_symlink(folder.file("link")));
  EXPECT_EQ(read_file(elsewhere.file("page")), page_text);
  EXPECT_EQ(entries_in(folder.path()) + entries_in(elsewhere.path()), 2);
}

TEST(PageFile, SeveralMayWriteItAtOnce) {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&] {
      for (int time = 0; time < 25; ++time) EXPECT_NO_THROW(write_page(folder.file("page"), page_text));
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(read_file(folder.file("page")), page_text);
  EXPECT_EQ(entries_in(folder.path()), 1);
}

TEST(PageFile, NothingIsLeftOfAPageThatCouldNotBeWritten) {
  const TemporaryFolder folder;
  fs::create_directory(folder.file("page"));
  EXPECT_THROW(write_page(folder.file("page"), page_text), InfrastructureError);
  EXPECT_EQ(entries_in(folder.path()), 1);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_page(folder.file("other"), page_text), InfrastructureError);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(entries_in(folder.path()), 1);
}

TEST(PageFile, WhatKilledWritersLeftIsRemovedOnceItIsOld) {
  const TemporaryFolder folder;
  const std::string old = page_being_written(folder.path(), "1"), young = page_being_written(folder.path(), "2");
  const std::string other = folder.file("old");
  for (const std::string& path : {old, young, other}) write_file_atomically(path, "half");
  for (const std::string& path : {old, other})
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
  write_page(folder.file("page"), page_text);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(other));
}

}  // namespace prs
