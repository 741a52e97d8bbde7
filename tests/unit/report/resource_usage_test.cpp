#include "report/resource_usage.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "csv_parser.hpp"
#include "report/process_tree.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::CsvRecord;
const TimePoint start = TimePoint(seconds(1000));

enum Column {
  column_time,
  column_process,
  column_pid,
  column_parent,
  column_name,
  column_cpu_seconds,
  column_cpu_percent,
  column_rss,
  column_threads,
  column_read,
  column_write,
  column_count
};

/// The rows below their header, every one complete.
std::vector<CsvRecord> table(std::string_view header, const std::string& rows) {
  auto records = testing::parse_csv(std::string(header) + rows);
  if (!records) throw std::runtime_error("no CSV: " + rows);
  for (const CsvRecord& record : *records) EXPECT_EQ(record.size(), records->front().size()) << rows;
  records->erase(records->begin());
  return *records;
}
std::vector<CsvRecord> process_table(const std::string& rows) {
  return table(process_usage_header(), rows);
}
CsvRecord node_record(const std::string& row) {
  return table(node_usage_header(), row).at(0);
}

std::vector<std::string> column_of(const std::vector<CsvRecord>& records, Column column) {
  std::vector<std::string> fields;
  for (const CsvRecord& record : records) fields.push_back(record.at(column));
  return fields;
}
const CsvRecord* row_of(const std::vector<CsvRecord>& records, pid_t pid) {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const CsvRecord& record) { return record[column_pid] == std::to_string(pid); });
  return found == records.end() ? nullptr : &*found;
}

bool becomes_true(const std::function<bool()>& is_so) {
  for (const TimePoint end = Clock::now() + seconds(30); Clock::now() < end;) {
    if (is_so()) return true;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return false;
}

/// A child of the test's own that waits until it is ended, with what it started.
class Child {
 public:
  explicit Child(const char* command) {
    const char* const arguments[] = {"sh", "-c", command, nullptr};
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error =
        ::posix_spawn(&pid_, "/bin/sh", nullptr, &attributes, const_cast<char* const*>(arguments), environ);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) throw std::runtime_error("no child");
  }
  explicit Child(const std::string& name) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::setpgid(0, 0);
    ::prctl(PR_SET_NAME, name.c_str());
    for (;;) ::pause();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  pid_t pid() const { return pid_; }
  /// Dead, and still to be collected by its parent.
  void kill() {
    ::kill(pid_, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

/// A /proc and /sys of the test's own.
class FakeSystem {
 public:
  std::string root() const { return folder_.file(""); }
  std::string proc() const { return folder_.file("proc"); }
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = folder_.file(file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void process(pid_t pid, pid_t parent, const std::string& more = " 7 5", const std::string& name = "python3",
               const std::string& state = "S") {
    write("proc/" + std::to_string(pid) + "/stat", stat(pid, parent, more, name, state));
  }
  void children(pid_t pid, pid_t thread, const std::string& text) {
    write("proc/" + std::to_string(pid) + "/task/" + std::to_string(thread) + "/children", text);
  }
  static std::string stat(pid_t pid, pid_t parent, const std::string& user_and_system = " 7 5",
                          const std::string& name = "python3", const std::string& state = "S") {
    // Began in the year 11000 after the boot, so that the time since then is unknown.
    return std::to_string(pid) + " (" + name + ") " + state + " " + std::to_string(parent) +
           " 1 1 0 -1 4194560 1 0 0 0" + user_and_system +
           " 900 900 20 -5 3 0 35000000000000 999 2 18446744073709551615\n";
  }

 private:
  TemporaryFolder folder_;
};

std::vector<pid_t> pids_of(const std::vector<ProcessCounters>& tree) {
  std::vector<pid_t> pids;
  for (const ProcessCounters& process : tree) pids.push_back(process.pid);
  return pids;
}

TEST(ResourceMonitor, TheFirstSampleIsDueAtOnceAndTheNextAnIntervalLater) {
  ResourceMonitor monitor("process000", ::getpid(), seconds(600), false);
  EXPECT_TRUE(monitor.is_due(start));
  EXPECT_LE(monitor.next_due(), start);
  EXPECT_FALSE(monitor.process_rows(start).empty());
  EXPECT_FALSE(monitor.is_due(start + seconds(599)));
  EXPECT_EQ(monitor.next_due(), start + seconds(600));
  EXPECT_TRUE(monitor.is_due(start + seconds(600)));
}

TEST(ResourceMonitor, AnIntervalOfZeroIsOffEvenAtTheEnd) {
  ResourceMonitor monitor("process000", ::getpid(), Duration::zero(), true);
  EXPECT_FALSE(monitor.is_due(TimePoint::max()));
  EXPECT_EQ(monitor.next_due(), TimePoint::max());
  EXPECT_EQ(monitor.process_rows(start), "");
  EXPECT_EQ(monitor.node_row(start), "");
}

TEST(ResourceMonitor, OneRankOfANodeWritesTheNode) {
  EXPECT_EQ(ResourceMonitor("process001", ::getpid(), seconds(600), false).node_row(start), "");
  EXPECT_NE(ResourceMonitor("process000", ::getpid(), seconds(600), true).node_row(start), "");
}

TEST(ResourceMonitor, ChildrenAndGrandchildrenHaveARowBelowTheirParents) {
  const Child shell("sleep 1000 & wait");
  ResourceMonitor monitor("process003", ::getpid(), seconds(1), false);
  std::vector<CsvRecord> rows;
  ASSERT_TRUE(becomes_true([&] {
    rows = process_table(monitor.process_rows(start));
    const auto names = column_of(rows, column_name);
    return std::find(names.begin(), names.end(), "sleep") != names.end();
  }));
  ASSERT_EQ(rows.size(), 3U);
  const std::string own = std::to_string(::getpid()), of_shell = std::to_string(shell.pid());
  EXPECT_EQ(rows[0][column_pid], own);
  EXPECT_EQ(rows[1][column_pid], of_shell);
  EXPECT_EQ(column_of(rows, column_parent), (std::vector<std::string>{std::to_string(::getppid()), own, of_shell}));
  for (const CsvRecord& row : rows) {
    EXPECT_EQ(row[column_process], "process003");
    EXPECT_EQ(row[column_time].size(), std::string("2026-03-01T12:00:00.125Z").size());
    EXPECT_NE(row[column_rss], "");
    EXPECT_GE(std::stoull(row[column_threads]), 1U);
  }
}

TEST(ResourceMonitor, CpuTimeGrowsWithWorkAndItsShareIsOfTheTimeSinceTheLastSample) {
  ResourceMonitor monitor("process000", ::getpid(), seconds(1), false);
  const auto own_row = [&](TimePoint now) {
    const auto rows = process_table(monitor.process_rows(now));
    const CsvRecord* row = row_of(rows, ::getpid());
    return row != nullptr ? *row : CsvRecord(column_count);
  };
  const double before = std::stod(own_row(start)[column_cpu_seconds]);
  timespec used{};
  do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  while (static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9 < before + 0.1);
  const CsvRecord after = own_row(start + seconds(10));
  const double spent = std::stod(after[column_cpu_seconds]) - before;
  EXPECT_GE(spent, 0.05);
  EXPECT_NEAR(std::stod(after[column_cpu_percent]), 100 * spent / 10, 0.06);
}

TEST(ResourceMonitor, AProcessThatEndedHasNoRowWhetherCollectedOrNot) {
  Child child("exec sleep 1000");
  ResourceMonitor monitor("process000", ::getpid(), seconds(1), false);
  EXPECT_NE(row_of(process_table(monitor.process_rows(start)), child.pid()), nullptr);
  child.kill();
  EXPECT_EQ(row_of(process_table(monitor.process_rows(start)), child.pid()), nullptr);
  const pid_t pid = child.pid();
  child.end();
  EXPECT_EQ(row_of(process_table(monitor.process_rows(start)), pid), nullptr);
  ResourceMonitor of_the_dead("process000", pid, seconds(1), false);
  EXPECT_EQ(of_the_dead.process_rows(start), "");
  EXPECT_FALSE(of_the_dead.is_due(start));
}

TEST(ResourceMonitor, ANameCannotBreakARow) {
  const Child child(std::string(") S 1 1\n,\"\xff"));
  ResourceMonitor monitor("process000", ::getpid(), seconds(1), false);
  std::string rows;
  ASSERT_TRUE(becomes_true([&] {
    rows = monitor.process_rows(start);
    const auto records = process_table(rows);
    const CsvRecord* row = row_of(records, child.pid());
    return row != nullptr && (*row)[column_name] == ") S 1 1 ,\"\\xff";
  })) << rows;
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 2);
}

TEST(ResourceMonitor, SharesAreLeftOutWhereNothingCanBeSaid) {
  FakeSystem fake;
  fake.process(10, 1, " 100 50");
  ResourceMonitor monitor("process000", 10, seconds(1), true, fake.root());
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const CsvRecord first = process_table(monitor.process_rows(start)).at(0);
  EXPECT_EQ(first[column_cpu_percent], "");  // it has not begun yet, says a clock that went wrong
  EXPECT_NEAR(std::stod(first[column_cpu_seconds]), 150 / ticks, 0.006);
  EXPECT_EQ(first[column_threads], "3");
  EXPECT_EQ(first[column_rss], "");
  EXPECT_EQ(first[column_read], "");
  EXPECT_EQ(process_table(monitor.process_rows(start)).at(0)[column_cpu_percent], "");  // no time passed
  fake.process(10, 1, " 130 120");
  fake.write("proc/10/statm", "999 2 1 1 0 5 0\n");
  fake.write("proc/10/io", "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 4096\nwrite_bytes: 0\n");
  const CsvRecord last = process_table(monitor.process_rows(start + seconds(2))).at(0);
  EXPECT_NEAR(std::stod(last[column_cpu_percent]), 100 * (100 / ticks) / 2, 0.06);
  EXPECT_EQ(last[column_rss], std::to_string(2 * ::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(last[column_read], "4096");
  EXPECT_EQ(last[column_write], "0");
  fake.process(10, 1, " 0 0");  // counts that step back
  EXPECT_EQ(process_table(monitor.process_rows(start + seconds(3))).at(0)[column_cpu_percent], "0.0");
}

TEST(ResourceMonitor, NothingReadableIsEmptyFieldsAndNoError) {
  FakeSystem fake;
  fake.write("proc/nothing", "");
  ResourceMonitor monitor("process000", 10, seconds(1), true, fake.root());
  EXPECT_EQ(monitor.process_rows(start), "");
  const CsvRecord node = node_record(monitor.node_row(start));
  EXPECT_EQ(std::count(node.begin(), node.end(), ""), static_cast<std::ptrdiff_t>(node.size()) - 1);
}

TEST(ResourceMonitor, TheNodeIsReadFromItsOwnFiles) {
  FakeSystem fake;
  fake.write("proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
  fake.write("proc/loadavg", "3.25 2.00 1.00 2/345 6789\n");
  fake.write("proc/meminfo", "MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n");
  fake.write("proc/vmstat", "nr_free_pages 1\npgpgin 3\npgpgout 4\npgpgoutrun 9\n");
  fake.write("proc/net/dev",
             "Inter-|   Receive    |  Transmit\n face |bytes    packets errs\n"
             "    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0:1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n"
             " bond0: 11 1 0 0 0 0 0 0 22 1 0 0 0 0 0 0\neth0:1: broken\n");
  ResourceMonitor monitor("process000", 10, seconds(1), true, fake.root());
  CsvRecord node = node_record(monitor.node_row(start));
  EXPECT_EQ(CsvRecord(node.begin() + 1, node.end()),
            (CsvRecord{"", "3.25", "2097152", "1048576", "3072", "4096", "1011", "2022"}));
  fake.write("proc/stat", "cpu  130 0 110 750 110 0 0 0 80 0\n");
  fake.write("sys/class/net/eth0/device/vendor", "");
  node = node_record(monitor.node_row(start + seconds(1)));
  EXPECT_EQ(node[1], "40.0");
  EXPECT_EQ(node[7], "1000");  // a bond above a real device would count its bytes twice
  EXPECT_EQ(node[8], "2000");
}

TEST(ResourceMonitor, ThisNodeHasFigures) {
  ResourceMonitor monitor("process000", ::getpid(), seconds(1), true);
  const CsvRecord first = node_record(monitor.node_row(start));
  EXPECT_GT(std::stoull(first[3]), 0U);
  EXPECT_LE(std::stoull(first[4]), std::stoull(first[3]));
  // Its cores' ticks go on, whatever else it does.
  std::string percent;
  TimePoint now = start;
  ASSERT_TRUE(becomes_true([&] { return !(percent = node_record(monitor.node_row(now += seconds(1)))[1]).empty(); }));
  EXPECT_GE(std::stod(percent), 0);
  EXPECT_LE(std::stod(percent), 100);
}

TEST(ProcessTree, ASkippedNameNeverShiftsTheFields) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string name = testing::hostile_text(random, 6);
    for (int i = static_cast<int>(random() % 4); i > 0; --i)
      name.insert(random() % (name.size() + 1), random() % 2 == 0 ? ") Z 1 " : "((");
    const auto process = parse_process_stat(FakeSystem::stat(42, 17, " 1000 234", name));
    ASSERT_TRUE(process) << name;
    ASSERT_EQ(process->name, name);
    ASSERT_EQ(process->pid, 42);
    ASSERT_EQ(process->parent, 17);
    ASSERT_EQ(process->cpu_ticks, 1234U);
    ASSERT_EQ(process->threads, 3U);
  }
}

TEST(ProcessTree, AStatCutAnywhereIsNoProcessOrAWholeOne) {
  const std::string stat = FakeSystem::stat(42, 17);
  const std::size_t needed = stat.find(" 3500000");
  for (std::size_t size = 0; size <= stat.size(); ++size)
    EXPECT_EQ(parse_process_stat(stat.substr(0, size)).has_value(), size > needed + 1) << size;
}

TEST(ProcessTree, BothWaysOfFindingTheTreeFindTheSame) {
  FakeSystem fake;
  fake.process(10, 1);
  fake.process(20, 10);
  fake.process(30, 20);
  fake.process(31, 20, " 7 5", "left", "Z");  // its first thread ended, others run
  fake.process(40, 31);
  fake.process(99, 1);  // no part of the tree
  const std::vector<pid_t> expected = {10, 20, 30, 31, 40};
  EXPECT_EQ(pids_of(process_tree(fake.proc(), 10, 200)), expected);
  EXPECT_EQ(pids_of(process_tree(fake.proc(), 10, 2)), (std::vector<pid_t>{10, 20}));
  fake.children(10, 10, "");
  fake.children(10, 11, "20 21 99 ");  // 21 ended since, 99 is by now another's
  fake.children(20, 20, "30 31 ");
  fake.children(30, 30, "10 ");  // a pid that was used again can't lead in a circle
  fake.children(31, 31, "40 ");
  EXPECT_EQ(pids_of(process_tree(fake.proc(), 10, 200)), expected);
  EXPECT_EQ(pids_of(process_tree(fake.proc(), 10, 2)), (std::vector<pid_t>{10, 20}));
}

}  // namespace
}  // namespace prs
