// What a script gets of tables, and what becomes of mini-batches that cannot be loaded (rules 3.3, 4.5).

#include <gtest/gtest.h>

#include "script/script_driver.hpp"
#include "tests/unit/script/table_harness.hpp"

namespace prs {
namespace {

using test::TableHarness;

const std::string echo = "def run(frame):\n    return frame\n";

std::string numbered_lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += std::to_string(i) + "," + std::string(static_cast<std::size_t>(i % 23), 'x') + "\n";
  return lines;
}

TEST(TableTasks, EachRecordComesOnceAndInItsOrder) {
  TableHarness h(echo);
  const std::string lines = numbered_lines(2000);
  h.folder.write("table", lines);
  h.driver().set_window(8);
  std::uint64_t pieces = 0;
  constexpr std::size_t piece_bytes = 17;  // shorter than most lines: many have no record
  for (std::size_t at = 0; at < lines.size(); at += piece_bytes)
    h.give_piece(pieces++, "table", at, std::min(at + piece_bytes, lines.size()));
  h.run_until_ended(pieces);
  std::vector<std::string> rows(pieces);
  std::size_t empty = 0;
  for (std::size_t i = 0; i < pieces; ++i) {
    const TryEnd& end = h.ended[i];
    EXPECT_EQ(end.status, TryStatus::run_done) << end.failure.message;
    EXPECT_EQ(end.rows, end.items) << "the loader's count";
    empty += end.items == 0 ? 1 : 0;
    rows.at(end.task.mini_batch.value) = h.rows[i];
  }
  std::string all;
  for (const std::string& some : rows) all += some;
  EXPECT_TRUE(all == lines);
  EXPECT_GT(empty, 100u) << "these end without the host";
  h.shut_down();
}

TEST(TableTasks, TheScriptIsToldOfItsMiniBatch) {
  TableHarness h(R"(
def run(frame, context):
    return [str(type(frame)), str(context.minibatch_index), str(context.retry_count), str(context.partition_key_value),
            str(context.dataset is frame), str(context.global_row_index_lower_bound)]
)");
  h.folder.write("table", "a\n");
  Task task = h.piece(7, "table", 0, 2);
  task.dequeue_count = 3;
  h.give(std::move(task));
  h.run_until_ended(1);
  EXPECT_EQ(h.rows.at(0), "<class 'list'>\n7\n2\n{}\nTrue\nNone\n");
}

TEST(TableTasks, TheReaderIsToldWhereTheRecordsBegin) {
  TableHarness h(echo);
  const std::string line = "load:open('../seen', 'w').write('%s %d' % (path, byte_offset))\n";
  h.folder.write("table", "before\n" + line);
  h.give_piece(0, "table", 3, 7 + line.size());
  h.run_until_ended(1);
  EXPECT_EQ(h.folder.read("seen"), h.folder.path("table") + " 7");
}

TEST(TableTasks, NoLoaderIsStartedForFiles) {
  TableHarness h("def run(mini_batch):\n    return mini_batch\n",
                 [](ScriptSettings& settings) { settings.tables.inputs.clear(); });
  h.give(0, 3);
  h.run_until_ended(3);
  EXPECT_EQ(h.loader(), 0);
  EXPECT_TRUE(h.driver().held() == 0);
  h.shut_down();
}

TEST(TableTasks, FilesAndTablesGoByOneAnother) {
  TableHarness h("def run(mini_batch):\n    return list(mini_batch)\n");
  h.driver().set_window(8);
  for (std::uint64_t i = 0; i < 20; i += 2) {
    h.give(i);
    h.give_lines(i + 1, "line\n");
  }
  h.run_until_ended(20);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(h.rows[i], i % 2 == 0 ? "item" + std::to_string(i) + "\n" : "line\n");
}

TEST(TableTasks, WhatCannotBeReadFailsAndIsNamed) {
  TableHarness h(echo);
  h.give_piece(0, "missing", 100, 200);
  h.give_lines(1, "a\n");
  h.run_until_ended(2);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_exception);
  EXPECT_EQ(h.end_of(0).items, 1u) << "nobody could count them";
  EXPECT_NE(h.end_of(0).failure.message.find(h.folder.path("missing")), std::string::npos);
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done);
  h.shut_down();
}

struct BadLoad {
  std::string name, line, category;
};
class TableTasksInTheHost : public testing::TestWithParam<BadLoad> {};

TEST_P(TableTasksInTheHost, AFailureWhileTheFrameIsMadeIsOneOfLoading) {
  TableHarness h(echo);
  h.give_lines(0, "load:" + GetParam().line + "\nb\n");
  h.give_lines(1, "a\n");
  h.run_until_ended(2);
  const TryEnd& end = h.end_of(0);
  EXPECT_EQ(end.status, TryStatus::load_exception) << end.failure.message;
  EXPECT_EQ(end.failure.category, GetParam().category);
  EXPECT_EQ(end.items, 2u) << "the loader has counted them";
  EXPECT_EQ(end.run_time, Duration::zero());
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done);
  EXPECT_EQ(h.hosts_ready, 1) << "the process goes on";
  h.shut_down();
}

INSTANTIATE_TEST_SUITE_P(Kinds, TableTasksInTheHost,
                         testing::Values(BadLoad{"data", "raise TableError('byte 7: no number')", "TableError"},
                                         BadLoad{"memory", "raise MemoryError()", "MemoryError"},
                                         BadLoad{"pandas", "int('x')", "ValueError"},
                                         BadLoad{"exit", "raise SystemExit(3)", "SystemExit"},
                                         BadLoad{"view", "view = memoryview(memory); 1 / 0", "ZeroDivisionError"}),
                         [](const auto& of) { return of.param.name; });

TEST(TableTasks, AFailureOfRunIsOneOfRun) {
  TableHarness h("def run(frame):\n    raise KeyError(frame[0])\n");
  h.give_lines(0, "a\n");
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_exception);
  EXPECT_NE(h.end_of(0).failure.detail.find("entry.py"), std::string::npos);
}

TEST(TableTasks, TheTimeOfLoadingIsNoTimeOfRun) {
  TableHarness h(echo, [](ScriptSettings& s) { s.limits.run_invocation_timeout = std::chrono::seconds(2); });
  h.give_lines(0, "load:import time; time.sleep(2.5)\n");
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::run_done) << h.end_of(0).failure.message;
  EXPECT_GE(h.end_of(0).process_time - h.end_of(0).run_time, std::chrono::milliseconds(2500));
}

TEST(TableTasks, AFrameThatIsNotMadeInTimeIsALoadTimeout) {
  TableHarness h(echo, [](ScriptSettings& s) { s.limits.task_overhead_timeout = std::chrono::seconds(5); });
  h.give_lines(0, "load:import time; time.sleep(1000)\n");
  h.give_lines(1, "a\n");
  h.run_until_ended(2);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_timeout) << h.end_of(0).failure.message;
  EXPECT_EQ(h.end_of(0).items, 1u);
  EXPECT_EQ(h.end_of(1).status, TryStatus::run_done);
  EXPECT_EQ(h.hosts_ready, 2);
  h.shut_down();
}

Task rows_of(std::uint64_t index, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  return {{index}, 1, TableItems{0, {{path, begin, end, 0, PieceUnit::rows}}}};
}

TEST(TableTasks, RowsThatTheHostReadsItselfNeedNoLoader) {
  TableHarness h(echo, [](ScriptSettings& settings) { settings.tables.inputs.front().format = TableFormat::parquet; });
  h.give(rows_of(0, "/a", 3, 5));
  h.give(rows_of(1, "/a", 5, 5));
  h.give(rows_of(2, "/b", 0, 1));
  h.run_until_ended(3);
  EXPECT_EQ(h.rows.at(0), "/a:3\n/a:4\n") << h.end_of(0).failure.message;
  EXPECT_EQ(h.rows.at(2), "/b:0\n");
  EXPECT_EQ(h.end_of(0).items, 2u);
  EXPECT_EQ(h.end_of(1).status, TryStatus::load_exception);
  EXPECT_EQ(h.end_of(1).items, 1u) << "nobody knows how many";
  EXPECT_EQ(h.end_of(1).failure.message, "TableError: no rows");
  EXPECT_EQ(h.loader(), 0);
  h.shut_down();
}

TEST(TableTasks, RowsThatAreNotReadInTimeAreALoadTimeout) {
  TableHarness h(echo, [](ScriptSettings& s) { s.limits.task_overhead_timeout = std::chrono::seconds(5); });
  h.give(rows_of(0, "hang", 0, 7));
  h.give(rows_of(1, "/a", 0, 1));
  h.run_until_ended(2);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_timeout) << h.end_of(0).failure.message;
  EXPECT_EQ(h.end_of(0).items, 7u);
  EXPECT_EQ(h.rows.at(1), "/a:0\n");
  EXPECT_EQ(h.hosts_ready, 2);
  h.shut_down();
}

TEST(TableTasks, TheNextHostGetsTheSameRecords) {
  TableHarness h(R"(
import os, time
def run(frame):
    if frame[0] == 'die':
        open('../started.die', 'w').close()
        while not os.path.exists('../go'): time.sleep(0.001)
        os.kill(os.getpid(), 9)
    return frame
)");
  h.driver().set_window(4);
  h.give_lines(0, "die\n");
  h.give_lines(1, "one\n");
  h.give_lines(2, "two\n");
  h.run_until_started("die");
  h.run_until([] { return test::tables_in_memory() == 3; });
  for (const char* file : {"table1", "table2"}) h.folder.write(file, "changed\n");
  h.folder.write("go", "");
  h.run_until_ended(3);
  EXPECT_EQ(h.end_of(0).status, TryStatus::process_died);
  EXPECT_EQ(h.rows.at(1), "one\n") << "loaded once";
  EXPECT_EQ(h.rows.at(2), "two\n");
  EXPECT_EQ(test::tables_in_memory(), 0u);
  h.shut_down();
}

TEST(TableTasks, NobodyCanWriteIntoTheRecords) {
  TableHarness h(echo);
  h.give_lines(0, "load:memory[0:1] = b'x'\n");
  h.run_until_ended(1);
  EXPECT_EQ(h.end_of(0).status, TryStatus::load_exception);
  EXPECT_EQ(h.end_of(0).failure.category, "TypeError");
}

TEST(TableTasks, OnlyAFewMiniBatchesAreInMemory) {
  TableHarness h(R"(
import os, time
def run(frame):
    open('../started.run', 'w').close()
    while not os.path.exists('../go'): time.sleep(0.001)
    return [str(len(frame))]
)");
  const std::string large = std::string(20 << 20, 'x') + "\n";
  for (std::uint64_t i = 0; i < 6; ++i) h.give_lines(i, large);
  for (std::uint64_t i = 6; i < 200; ++i) h.give_lines(i, "small\n");
  h.run_until_started("run");
  std::size_t most = 0;
  const auto look = [&] { most = std::max(most, test::tables_in_memory()); };
  h.run_until([&] { return look(), most == 3; });
  h.folder.write("go", "");
  h.run_until([&] { return look(), h.ended.size() == 6; });
  EXPECT_LE(most, 3u + 64u);
  h.run_until([&] { return look(), h.ended.size() == 200; });
  EXPECT_LE(most, 64u);
  EXPECT_GT(most, 3u) << "more of small ones";
  EXPECT_EQ(test::tables_in_memory(), 0u);
  h.shut_down();
}

TEST(TableTasks, NoDescriptorIsLeftOver) {
  TableHarness h("import os\ndef run(frame):\n    return [str(len(os.listdir('/proc/self/fd')))]\n");
  h.driver().set_window(4);
  const auto run = [&](std::uint64_t first) {
    for (std::uint64_t i = first; i < first + 100; ++i) h.give_lines(i, "a\n");
    h.run_until_ended(first + 100);
    return test::open_descriptors();
  };
  const std::size_t after_one_round = run(0);
  EXPECT_LE(run(100), after_one_round);
  // With the host wait those that it was sent ahead.
  for (std::size_t i = 0; i < 200; ++i) EXPECT_LE(std::stoi(h.rows[i]), std::stoi(h.rows[0]) + 4) << i;
  h.shut_down();
}

}  // namespace
}  // namespace prs
