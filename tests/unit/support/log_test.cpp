#include "support/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <sstream>
#include <thread>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "tests/stuck_file.hpp"

namespace prs {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream stream(read_file(path));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// What a FIFO brings until its writers are gone.
std::string read_to_end(const std::string& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace

TEST(Log, LinesComeInOrderBehindWhatWasThereBefore) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/logs/sys/log.txt";
  for (int start = 0; start < 2; ++start) {
    IoThread io;
    const OpenLog opened(io, path, "INFO");
    for (int i = 0; i < 1000; ++i) log().info("line {} of start {}", i, start);
    log().debug("not wanted");
  }
  log().error("dropped: no log is open");
  const auto lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2000U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i].ends_with(" info line " + std::to_string(i % 1000) + " of start " + std::to_string(i / 1000)))
        << lines[i];
}

TEST(Log, LostLinesAreCountedInTheNextOne) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log.txt";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::string text;
  std::thread reader;
  {
    IoThread io;
    const OpenLog opened(io, path, "INFO");
    for (int i = 0; i < 20'000; ++i) log().info("{}", std::string(200, 'x'));
    reader = std::thread([&] { text = read_to_end(path); });
    while (!io.are_logs_written()) std::this_thread::yield();
    log().info("room again");
    log().info("the last one");
  }
  reader.join();
  std::size_t written = 0;
  for (std::size_t at = 0; (at = text.find(" info x", at)) != std::string::npos; ++at) ++written;
  EXPECT_GT(written, 1000U);
  const std::string lost =
      "\n(lines of this log that were lost so far: " + std::to_string(20'000 - written) + "; the disk was too slow)\n";
  const std::size_t at = text.find(lost);
  ASSERT_NE(at, std::string::npos) << text.substr(text.size() - 400);
  EXPECT_LT(at, text.find("room again"));
  EXPECT_EQ(text.find("were lost", at + lost.size()), std::string::npos) << "said once";
}

namespace {

/// What a process leaves in its log that logs one line and then ends like this; its log is read only once it has begun
/// to end.
std::string log_of_one_that(const std::function<void()>& ends, int expected_signal, bool is_read = true) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log.txt";
  EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
  int ending[2];
  EXPECT_EQ(::pipe(ending), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    for (const int number : {SIGABRT, SIGSEGV}) ::signal(number, SIG_DFL);
    IoThread io;
    const OpenLog opened(io, path, "INFO");
    log().info("the last words");
    ::close(ending[0]);
    ::dup2(ending[1], STDERR_FILENO);
    (void)!::write(ending[1], "x", 1);
    ends();
    ::_exit(0);
  }
  ::close(ending[1]);
  char byte;
  EXPECT_EQ(::read(ending[0], &byte, 1), 1);
  const std::string text = is_read ? read_to_end(path) : "";
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == expected_signal) << status;
  ::close(ending[0]);
  return text;
}

void break_an_invariant() {
  const bool is_whole = false;
  PRS_INVARIANT(is_whole);
}
void touch_what_may_not_be_touched() {
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile int*>(page) = 1;
}

}  // namespace

TEST(Log, ARankThatAbortsItselfWritesItsLastLinesFirst) {
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(log_of_one_that(break_an_invariant, SIGABRT).ends_with(" info the last words\n"));
}

TEST(Log, SoDoesOneThatCrashes) {
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(log_of_one_that(touch_what_may_not_be_touched, SIGSEGV).ends_with(" info the last words\n"));
}

TEST(Log, ADiskThatHangsKeepsNobodyThatHasSomethingToSay) {
  const TemporaryFolder folder;
  StuckFile disk(folder.file("log"));
  IoThread io;
  const OpenLog open(io, disk.path(), "INFO");
  for (int line = 0; line < 100; ++line) log().warn("line {}", line);
  log().flush();
  EXPECT_FALSE(io.are_logs_written()) << "it did not hang";
  disk.let_go();
}

TEST(Log, ADiskThatHangsDoesNotKeepABrokenRankAlive) {
  log_of_one_that(break_an_invariant, SIGABRT, false);
}

}  // namespace prs
