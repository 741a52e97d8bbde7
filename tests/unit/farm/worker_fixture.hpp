#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "fake_driver.hpp"
#include "fake_rounds.hpp"
#include "fake_transport.hpp"
#include "farm/worker.hpp"
#include "support/temporary_folder.hpp"
#include "tests/fastest_folder.hpp"
#include "tests/stuck_file.hpp"

namespace prs {

/// Rank 1 of three, in a folder of the test's own, with a played driver and rounds, and a real I/O thread.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    config.name = "test";
    config.output = temporary.path();
    config.parallel.entry_script = temporary.file("entry.py");
    config.parallel.append_row_file_name = "rows.txt";
    config.parallel.run_max_try = 3;
    config.parallel.logging_level = LoggingLevel::info;
    for (const std::string& path : {folder.parts(), folder.all_tries()}) std::filesystem::create_directories(path);
  }
  ~WorkerTest() override {
    let_disk_go();
    if (is_over) return;
    transport.put(0, protocol::Tag::leave, protocol::to_bytes(protocol::Leave{}));
    worker.serve();
    transport.take(protocol::Tag::left);
  }

  using Tag = protocol::Tag;
  using Indices = std::vector<MiniBatchIndex>;

  void start() {
    protocol::Start message;
    message.config = to_bytes(config);
    message.interpreter.command = command;
    message.first_part = 7;
    message.mini_batches = 100;
    message.lease = "1-test";
    transport.put(0, Tag::start, protocol::to_bytes(message));
    worker.turn();
  }
  void open(std::uint32_t farm = 1) {
    transport.put(0, Tag::open, protocol::plain_bytes(farm));
    worker.turn();
  }
  /// A worker whose host waits for work.
  void begin() {
    start();
    open();
    driver.ready();
    worker.turn();
    EXPECT_TRUE(protocol::plain_value<bool>(transport.take(Tag::host_state)));
    EXPECT_EQ(take_report().credit, 2U);
  }
  /// Mini-batches of two items each.
  void give(const std::vector<std::uint64_t>& mini_batches, std::uint32_t dequeue_count = 1) {
    protocol::Work work;
    work.acknowledged = acknowledged;
    for (const std::uint64_t number : mini_batches) {
      Task& task = work.tasks.emplace_back();
      task.mini_batch = {number};
      task.dequeue_count = dequeue_count;
      task.items = FileItems(std::string("/a\0/b\0", 6), 2);
    }
    transport.put(0, Tag::work, protocol::to_bytes(work));
    worker.turn();
  }
  void acknowledge(std::uint64_t more, std::vector<std::uint64_t> dropped = {},
                   std::vector<std::uint64_t> overruled = {}) {
    protocol::Work work;
    work.acknowledged = acknowledged += more;
    work.dropped = std::move(dropped);
    work.overruled = std::move(overruled);
    transport.put(0, Tag::work, protocol::to_bytes(work));
    worker.turn();
  }
  void put_close(bool is_healthy, std::uint32_t farm = 1, bool is_in_trouble = false) {
    protocol::Close close;
    close.is_healthy = is_healthy;
    close.is_in_trouble = is_in_trouble;
    close.limit_seconds = 60;
    close.farm = farm;
    transport.put(0, Tag::close, protocol::plain_bytes(close));
  }
  void turns(int count = 5) {
    while (count-- > 0) worker.turn();
  }
  std::string wait_for(Tag tag) {
    for (int i = 0; i < 10000 && !transport.has_sent(); ++i) worker.turn();
    return transport.take(tag);
  }
  protocol::Report take_report() { return protocol::report_of(wait_for(Tag::report)); }
  Indices take_given_back() { return protocol::mini_batches_of(wait_for(Tag::given_back)); }
  const Tally& tally() {
    worker.turn();
    return rounds.contribution().tally;
  }
  /// The I/O thread hangs in its first line of the log. Before start().
  void hold_disk() {
    std::filesystem::create_directories(std::filesystem::path(log_path()).parent_path());
    held_log.emplace(log_path());
  }
  void let_disk_go() {
    if (held_log) held_log->let_go();
  }
  /// The next error text cannot be written.
  void break_disk() {
    std::filesystem::create_directories(folder.logs());
    std::ofstream(folder.user_logs()) << "a file where a folder should be";
  }
  std::string log_path() const { return folder.worker_log("node0", "process000"); }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder temporary{fastest_folder()};
  RunFolder folder{temporary.path()};
  RunConfig config;
  std::vector<std::string> command{"python3"};  ///< of the user's interpreter
  World world = world_on({"node0", "node0", "node1"});
  FakeRounds rounds;
  FakeDrivers driver;
  FakeTransport transport{1, 3};
  std::optional<StuckFile> held_log;
  bool is_over = false;  ///< the test itself has ended the worker
  std::uint64_t acknowledged = 0;
  Worker worker{world, transport, rounds.maker(), 1, driver.maker()};
};

}  // namespace prs
