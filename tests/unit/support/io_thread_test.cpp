#include "support/io_thread.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {

TEST(IoThread, WritesEachFilesBytesInOrderWhateverTheirSizes) {
  const TemporaryFolder folder;
  std::mt19937_64 random(7);
  std::string expected[3];
  {
    IoThread io;
    IoThread::FileId files[3];
    for (int i = 0; i < 3; ++i) files[i] = io.create(folder.path() + "/" + std::to_string(i));
    std::uint64_t last = 0;
    for (int job = 0; job < 5000; ++job) {
      const std::size_t file = random() % 3;
      std::string bytes(random() % (job % 100 == 0 ? 2'000'000 : 300), static_cast<char>('a' + job % 26));
      expected[file] += bytes;
      const std::uint64_t ticket = io.append(files[file], std::move(bytes));
      EXPECT_EQ(ticket, last + 1);
      last = ticket;
    }
    io.finish();
    EXPECT_EQ(io.written(), last);
    EXPECT_EQ(io.backlog_bytes(), 0U);
    EXPECT_TRUE(io.is_synced());
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(read_file(folder.path() + "/" + std::to_string(i)) == expected[i]);
}

TEST(IoThread, NeverWritesIntoAFileThatIsThere) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() + "/part", "of an earlier start");
  IoThread io;
  EXPECT_THROW(io.create(folder.path() + "/part"), InfrastructureError);
}

TEST(IoThread, WakesWhoeverPollsOnceSomethingIsWritten) {
  const TemporaryFolder folder;
  IoThread io;
  const auto file = io.create(folder.path() + "/file");
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t ticket = io.append(file, "x");
    while (io.written() < ticket) {
      pollfd wait{io.wake_fd(), POLLIN, 0};
      ASSERT_EQ(::poll(&wait, 1, 10'000), 1) << "a wake-up was lost";
      io.wake_acknowledged();
    }
  }
}

TEST(IoThread, RoomIsTriedInItsTurnAndLeavesNoFile) {
  const TemporaryFolder folder;
  IoThread io;
  const auto file = io.create(folder.path() + "/file");
  io.append(file, "one");
  const std::uint64_t tried = io.try_room(folder.path() + "/room", 10'000);
  const std::uint64_t last = io.append(file, "two");
  io.finish();
  EXPECT_FALSE(io.failure());
  EXPECT_EQ(tried + 1, last);
  EXPECT_EQ(io.written(), last);
  EXPECT_EQ(io.backlog_bytes(), 0U);
  EXPECT_EQ(read_file(folder.path() + "/file"), "onetwo");
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/room"));
}

TEST(IoThread, WhereThereIsNoRoomNothingAfterItIsWritten) {
  const TemporaryFolder folder;
  IoThread io;
  const auto file = io.create(folder.path() + "/file");
  const std::uint64_t tried = io.try_room(folder.path() + "/no such folder/room", 1);
  io.append(file, "two");
  io.finish();
  ASSERT_TRUE(io.failure());
  EXPECT_NE(io.failure()->find("no such folder/room"), std::string::npos);
  EXPECT_LT(io.written(), tried);
}

TEST(IoThread, AFailureStopsItAndNamesThePath) {
  const TemporaryFolder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  {
    IoThread io;
    const auto file = io.create(folder.path() + "/full");
    const rlimit small{4096, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const std::uint64_t ticket = io.append(file, std::string(10'000, 'x'));
    io.finish();
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_TRUE(io.failure());
    EXPECT_NE(io.failure()->find(folder.path() + "/full"), std::string::npos);
    EXPECT_LT(io.written(), ticket);
  }
}

TEST(IoThread, MakesAFileLaterAndNeverOneThatIsThere) {
  const TemporaryFolder folder;
  {
    IoThread io;
    const auto made = io.create_later(folder.path() + "/a/b/made"), opened = io.open_later(folder.path() + "/a/opened");
    make_folders(folder.path() + "/a/b");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() + "/a/b"));
    io.append(made, "1");
    io.append(opened, "2");
    io.append(made, "3");
    io.finish();
    EXPECT_FALSE(io.failure());
  }
  EXPECT_EQ(read_file(folder.path() + "/a/b/made"), "13");
  IoThread io;
  io.append(io.open_later(folder.path() + "/a/opened"), "4");
  const std::uint64_t ticket = io.append(io.create_later(folder.path() + "/a/b/made"), "5");
  io.finish();
  ASSERT_TRUE(io.failure());
  EXPECT_NE(io.failure()->find("/a/b/made: File exists"), std::string::npos) << *io.failure();
  EXPECT_LT(io.written(), ticket);
  EXPECT_EQ(read_file(folder.path() + "/a/opened"), "24");
}

TEST(IoThread, MakesFoldersOnlyWhereTheyMayBeMissing) {
  const TemporaryFolder folder;
  IoThread io;
  io.append(io.open_later(folder.path() + "/a/b/opened"), "1");
  io.finish();
  EXPECT_EQ(read_file(folder.path() + "/a/b/opened"), "1");
  io.append(io.create_later(folder.path() + "/deleted/under/the/run"), "2");
  io.finish();
  EXPECT_TRUE(io.failure());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/deleted"));
}

TEST(IoThread, ALineThatCannotBeWrittenIsCountedAndStopsNothing) {
  const TemporaryFolder folder;
  IoThread io;
  const auto file = io.create(folder.path() + "/file"), full = io.open_log("/dev/full");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(io.append_line(full, "x\n"));
  const std::uint64_t ticket = io.append(file, "bytes");
  io.finish();
  EXPECT_FALSE(io.failure());
  EXPECT_EQ(io.written(), ticket);
  EXPECT_EQ(read_file(folder.path() + "/file"), "bytes");
  EXPECT_EQ(io.lost(full).lines, 3U);
  EXPECT_NE(io.lost(full).why.find("/dev/full: No space left on device"), std::string::npos) << io.lost(full).why;
  EXPECT_TRUE(io.are_logs_written());
}

TEST(IoThread, AfterAFailureTheLogsAreStillWritten) {
  const TemporaryFolder folder;
  std::uint64_t ticket = 0;
  {
    IoThread io;
    const auto full = io.open("/dev/full"), log = io.open_log(folder.path() + "/logs/log");
    ticket = io.append(full, "x");
    io.append_line(log, "behind it in the queue\n");
    io.finish();
    ASSERT_TRUE(io.failure());
    io.append(full, "y");
    io.append_line(log, "after it\n");
    while (!io.are_logs_written()) std::this_thread::yield();
    EXPECT_LT(io.written(), ticket);
    io.append_line(log, "the last one\n");
  }
  EXPECT_EQ(read_file(folder.path() + "/logs/log"), "behind it in the queue\nafter it\nthe last one\n");
}

/// A FIFO that nobody reads is a disk that hangs.
TEST(IoThread, ALogOnADiskThatHangsIsBoundedAndNobodyWaitsForIt) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  IoThread io;
  const auto log = io.open_log(path);
  const std::string line = std::string(999, 'x') + "\n";
  std::uint64_t queued = 0;
  for (int i = 0; i < 10'000; ++i) queued += io.append_line(log, line) ? 1 : 0;
  EXPECT_GT(queued, 500U);
  EXPECT_LT(queued, 2000U);
  EXPECT_EQ(io.lost(log).lines, 10'000 - queued);
  EXPECT_FALSE(io.are_logs_written());
  const UniqueFd reader = open_file(path, O_RDONLY);
  std::string read(queued * line.size(), '\0');
  for (std::size_t at = 0; at < read.size();) {
    const ssize_t got = ::read(reader.get(), read.data() + at, read.size() - at);
    ASSERT_GT(got, 0);
    at += static_cast<std::size_t>(got);
  }
  io.finish();
  EXPECT_TRUE(io.append_line(log, line)) << "there is room again";
  EXPECT_EQ(io.lost(log).lines, 10'000 - queued);
}

TEST(IoThread, AFolderThatIsDeletedUnderALogIsNotMadeAgain) {
  const TemporaryFolder folder;
  IoThread io;
  const auto log = io.open_log(folder.path() + "/logs/log"), full = io.open_log("/dev/full");
  io.append_line(log, "x\n");
  io.finish();
  std::filesystem::remove_all(folder.path() + "/logs");
  for (int i = 0; i < 3; ++i) io.append_line(log, "y\n"), io.append_line(full, "z\n");
  io.finish();
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/logs"));
}

TEST(IoThread, RepeatsByItselfBetweenOtherJobs) {
  const TemporaryFolder folder;
  IoThread io;
  const auto beat = io.create(folder.path() + "/beat"), log = io.create(folder.path() + "/log");
  io.repeat(beat, ".", std::chrono::milliseconds(2), folder.path() + "/rival");
  std::string expected;
  while (read_file(folder.path() + "/beat").size() < 20) io.append(log, "x"), expected += "x";
  io.finish();
  EXPECT_EQ(read_file(folder.path() + "/log"), expected);
  EXPECT_FALSE(io.is_repeat_over());
  io.stop_repeating();
  io.append(log, "y");
  io.finish();  // a repeat that was under way is over by now
  const std::string beats = read_file(folder.path() + "/beat");
  EXPECT_EQ(beats, std::string(beats.size(), '.'));
}

TEST(IoThread, ARepeatWakesAThreadThatSleeps) {
  const TemporaryFolder folder;
  IoThread io;
  const auto beat = io.create(folder.path() + "/beat");
  io.finish();
  io.repeat(beat, "ab", std::chrono::milliseconds(1), folder.path() + "/rival");
  while (read_file(folder.path() + "/beat").size() < 6) std::this_thread::yield();
}

TEST(IoThread, ARepeatEndsOnceThereIsARival) {
  const TemporaryFolder folder;
  IoThread io;
  const auto beat = io.create(folder.path() + "/beat");
  io.repeat(beat, ".", std::chrono::milliseconds(1), folder.path() + "/rival");
  write_file_atomically(folder.path() + "/rival", "");
  while (!io.is_repeat_over()) std::this_thread::yield();
  EXPECT_FALSE(io.failure());
  std::filesystem::remove(folder.path() + "/rival");
  io.repeat(beat, "!", std::chrono::milliseconds(1), folder.path() + "/rival");
  EXPECT_FALSE(io.is_repeat_over());
  while (read_file(folder.path() + "/beat").find('!') == std::string::npos) std::this_thread::yield();
}

TEST(IoThread, ARepeatEndsOnceItsFileHasLostItsName) {
  const TemporaryFolder folder;
  IoThread io;
  const std::string path = folder.path() + "/beat";
  const auto beat = io.create(path);
  io.repeat(beat, ".", std::chrono::milliseconds(1), folder.path() + "/rival");
  std::filesystem::remove(path);
  while (!io.is_repeat_over()) std::this_thread::yield();
  const auto other = io.create(path);
  io.repeat(other, ".", std::chrono::milliseconds(1), folder.path() + "/rival");
  write_file_atomically(path, "another file of this name");
  while (!io.is_repeat_over()) std::this_thread::yield();
  EXPECT_EQ(read_file(path), "another file of this name");
}

}  // namespace prs
