#include "report/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <vector>

#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"
#include "tests/stuck_file.hpp"

namespace prs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
const TimePoint start = TimePoint(seconds(1000));

/// A stream that remembers what was printed.
class Printed {
 public:
  Printed() : stream_(::open_memstream(&bytes_, &size_)) {}
  ~Printed() {
    std::fclose(stream_);
    std::free(bytes_);
  }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return {bytes_, size_};
  }

 private:
  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

ProgressReporter::Options options_for(std::FILE* stream, bool is_terminal, int columns = 80) {
  ProgressReporter::Options options;
  options.stream = stream;
  options.is_terminal = is_terminal;
  options.columns = columns;
  options.start = start;
  options.started_unix_nanoseconds = 1772366400000000000;
  return options;
}

Progress progress_at(std::uint64_t done, std::uint64_t total = 1000) {
  Progress progress;
  progress.mini_batches = total;
  progress.done = progress.tries = done;
  progress.running = done < total ? 2 : 0;
  progress.workers = progress.workers_ready = 2;
  return progress;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

TEST(Progress, WithoutATerminalThereIsALineEveryTenSecondsAndOneAtTheEnd) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), false));
  for (int tenth = 0; tenth <= 350; ++tenth)
    reporter.update(progress_at(static_cast<std::uint64_t>(tenth)), start + milliseconds(100 * tenth));
  reporter.finish(progress_at(1000), start + seconds(40));
  EXPECT_EQ(printed.text(),
            "prs_mpi: 100 / 1000 mini-batches over (10.0 %), 0 failed, 10/s, 1 min 30 s left, 2 workers\n"
            "prs_mpi: 200 / 1000 mini-batches over (20.0 %), 0 failed, 10/s, 1 min 20 s left, 2 workers\n"
            "prs_mpi: 300 / 1000 mini-batches over (30.0 %), 0 failed, 10/s, 1 min 10 s left, 2 workers\n"
            "prs_mpi: 1000 / 1000 mini-batches over (100 %), 0 failed, 25/s, in 40 s, 2 workers\n");
}

TEST(Progress, AShortRunPrintsItsEndAlone) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), false));
  reporter.finish(progress_at(1000), start + milliseconds(500));
  EXPECT_EQ(printed.text(), "prs_mpi: 1000 / 1000 mini-batches over (100 %), 0 failed, 2000/s, in 0.5 s, 2 workers\n");
}

TEST(Progress, MissedLinesAreNotMadeUpFor) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), false));
  reporter.update(progress_at(1), start + seconds(95));
  reporter.update(progress_at(2), start + seconds(96));
  EXPECT_EQ(split(printed.text(), '\n').size(), 1u);
  EXPECT_EQ(reporter.next_due(), start + seconds(105));
}

TEST(Progress, OnATerminalOneLineIsRedrawnAtMostFiveTimesASecond) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), true));
  for (int millisecond = 0; millisecond < 2000; ++millisecond)
    reporter.update(progress_at(static_cast<std::uint64_t>(millisecond) / 2), start + milliseconds(millisecond));
  const std::string live = printed.text();
  EXPECT_EQ(std::count(live.begin(), live.end(), '\r'), 10);
  EXPECT_EQ(live.find('\n'), std::string::npos);
  reporter.finish(progress_at(1000), start + seconds(2));
  const std::string text = printed.text();
  EXPECT_EQ(text.substr(live.size()),
            "\r1000 / 1000 mini-batches over (100 %), 0 failed, 500/s, in 2.0 s, 2 workers\x1b[K\n");
}

TEST(Progress, TheLiveLineIsNeverWiderThanTheTerminal) {
  for (int columns = 1; columns <= 120; ++columns) {
    Printed printed;
    ProgressReporter reporter(options_for(printed.stream(), true, columns));
    for (int second = 0; second < 30; ++second)
      reporter.update(progress_at(static_cast<std::uint64_t>(second) * 12345, 100000000), start + seconds(second));
    reporter.finish(progress_at(100000000, 100000000), start + seconds(30));
    for (std::string line : split(printed.text(), '\r')) {
      if (const std::size_t end = line.find("\x1b[K"); end != std::string::npos) line.resize(end);
      ASSERT_LT(line.size(), static_cast<std::size_t>(columns)) << line;
    }
  }
}

TEST(Progress, ATerminalThatIsMadeNarrowIsNoticed) {
  int terminal = -1, screen = -1;
  struct winsize size {
    24, 60, 0, 0
  };
  ASSERT_EQ(::openpty(&terminal, &screen, nullptr, nullptr, &size), 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(::fdopen(screen, "w"), &std::fclose);
  const auto shown = [&] {
    std::string text(1000, '\0');
    const ssize_t got = ::read(terminal, text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  };
  ProgressReporter reporter(options_for(stream.get(), true, 200));
  reporter.update(progress_at(500), start + seconds(1));
  EXPECT_EQ(shown(), "\r500 / 1000 (50.0 %), 0 failed, 500/s, 1.0 s left\x1b[K");
  size.ws_col = 20;
  ASSERT_EQ(::ioctl(terminal, TIOCSWINSZ, &size), 0);
  reporter.update(progress_at(500), start + seconds(2));
  EXPECT_EQ(shown(), "\r500 / 1000 (50.0 %)\x1b[K");
  ::close(terminal);
}

TEST(Progress, TheLiveLineMakesWayAndComesBack) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), true));
  reporter.clear();
  EXPECT_EQ(printed.text(), "");
  reporter.update(progress_at(1), start);
  const std::size_t before = printed.text().size();
  reporter.clear();
  reporter.clear();
  EXPECT_EQ(printed.text().substr(before), "\r\x1b[K");
  reporter.update(progress_at(1), start + milliseconds(1));
  EXPECT_GT(printed.text().size(), before + 10);
}

TEST(Progress, ReusedMiniBatchesAreNoSpeed) {
  Printed printed;
  ProgressReporter reporter(options_for(printed.stream(), false));
  Progress progress = progress_at(900);
  progress.reused = 890;
  progress.gave_up = 0;
  reporter.update(progress, start + seconds(10));
  progress.done = 1000;
  reporter.finish(progress, start + seconds(20));
  EXPECT_EQ(printed.text(),
            "prs_mpi: 900 / 1000 mini-batches over (90.0 %), 0 failed, 1.0/s, 1 min 40 s left, 2 workers, 890 reused\n"
            "prs_mpi: 1000 / 1000 mini-batches over (100 %), 0 failed, 5.5/s, in 20 s, 2 workers, 890 reused\n");
}

TEST(Progress, TheOverviewGrowsWithTheLogarithmOfTime) {
  const TemporaryFolder folder;
  Printed printed;
  IoThread io;
  ProgressReporter::Options options = options_for(printed.stream(), false);
  options.overview_path = folder.file("logs/job_progress_overview.x.txt");
  options.io = &io;
  ProgressReporter reporter(options);
  const auto lines = [&] {
    io.finish();
    return split(read_file(options.overview_path), '\n');
  };
  EXPECT_EQ(lines().size(), 2u);
  int second = 0;
  for (; second < 60; ++second)
    reporter.update(progress_at(static_cast<std::uint64_t>(second)), start + seconds(second));
  EXPECT_EQ(lines().size(), 62u);  // each second at first, and each line is there at once
  for (; second < 7 * 24 * 3600; ++second) reporter.update(progress_at(60), start + seconds(second));
  EXPECT_LT(lines().size(), 1100u);
  EXPECT_GT(lines().size(), 500u);
  reporter.finish(progress_at(1000), start + seconds(second));
  EXPECT_TRUE(lines().back().starts_with("2026-03-08T12:00:00Z    604800.0        1000        1000      100"))
      << lines().back();
}

TEST(Progress, AnOverviewThatCannotBeWrittenStopsNothing) {
  Printed printed;
  for (const char* path : {"/dev/full", "/proc/none/x"}) {
    IoThread io;
    ProgressReporter::Options options = options_for(printed.stream(), false);
    options.overview_path = path;
    options.io = &io;
    ProgressReporter reporter(options);
    io.finish();
    reporter.update(progress_at(1), start + seconds(10));
    EXPECT_EQ(reporter.next_due(), start + seconds(20)) << "it is given up";
    reporter.finish(progress_at(2), start + seconds(11));
    EXPECT_FALSE(io.failure());
  }
  EXPECT_EQ(split(printed.text(), '\n').size(), 4u);
}

TEST(Progress, AnOverviewOnADiskThatHangsKeepsNobody) {
  const TemporaryFolder folder;
  StuckFile disk(folder.file("overview"));
  Printed printed;
  IoThread io;
  ProgressReporter::Options options = options_for(printed.stream(), false);
  options.overview_path = disk.path();
  options.io = &io;
  ProgressReporter reporter(options);
  for (int second = 1; second <= 100; ++second) reporter.update(progress_at(1), start + seconds(second));
  reporter.finish(progress_at(2), start + seconds(101));
  EXPECT_FALSE(io.are_logs_written()) << "it did not hang";
  EXPECT_EQ(split(printed.text(), '\n').size(), 11u);
  disk.let_go();
}

TEST(Progress, AReaderThatStopsStopsNothing) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(::fdopen(ends[1], "w"), &std::fclose);
  ASSERT_GT(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
  for (const bool is_terminal : {true, false}) {
    ProgressReporter reporter(options_for(stream.get(), is_terminal));
    for (int second = 0; second < 2000; ++second) reporter.update(progress_at(1), start + seconds(second));
    reporter.clear();
  }
  std::string taken(8192, '\0');
  EXPECT_GT(::read(ends[0], taken.data(), taken.size()), 0);
  ProgressReporter reporter(options_for(stream.get(), false));
  reporter.update(progress_at(1), start + seconds(10));
  EXPECT_GT(::read(ends[0], taken.data(), taken.size()), 0) << "there is room again";
  ::close(ends[0]);
}

}  // namespace
}  // namespace prs
