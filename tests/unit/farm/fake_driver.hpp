#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "farm/worker.hpp"
#include "script/task_driver.hpp"
#include "support/errors.hpp"

namespace prs {

/// What runs a worker's tries, as the test says. One for all farms of the worker, since each farm makes a driver anew.
/// Events that no poll took fail the test.
class FakeDrivers {
 public:
  FakeDrivers() = default;
  FakeDrivers(const FakeDrivers&) = delete;
  FakeDrivers& operator=(const FakeDrivers&) = delete;
  ~FakeDrivers() {
    if (!events.ended.empty() || events.is_host_ready || events.is_host_lost)
      ADD_FAILURE() << "events that no driver was polled for";
  }
  MakeDriver maker() {
    return [this](const ScriptSettings&, RowSink& rows) { return std::make_unique<Driver>(*this, rows); };
  }

  // What the driver does
  void ready() { events.is_host_ready = true; }
  void lose_host() { events.is_host_lost = true; }
  /// The oldest task that is held ends so; its rows go to the sink.
  TryEnd& end(const std::string& rows, Duration run = std::chrono::milliseconds(1)) {
    TryEnd& ended = end_any(run);
    ended.rows = static_cast<std::uint64_t>(std::count(rows.begin(), rows.end(), '\n'));
    sink->add(rows);
    ended.stretch = sink->end_try();
    return ended;
  }
  TryEnd& fail(const std::string& message = "wrong", TryStatus status = TryStatus::run_exception) {
    TryEnd& ended = end_any(std::chrono::milliseconds(1));
    ended.status = status;
    ended.failure = {"ValueError", message, "Traceback"};
    ended.stretch = sink->end_try();
    return ended;
  }
  std::vector<std::uint64_t> held_mini_batches() const {
    std::vector<std::uint64_t> found;
    for (const Task& task : held) found.push_back(task.mini_batch.value);
    return found;
  }

  // What the worker has done, and what the test sets
  std::vector<Task> held;
  std::size_t started = 0;  ///< of these, from the first on: they are not given back
  std::size_t window = 0;
  int made = 0, alive = 0;
  bool is_killed = false, is_over = false;
  std::optional<TimePoint> shutdown_until;
  std::optional<Failure> gave_up;
  std::optional<std::string> bug;  ///< the next poll throws this
  TaskDriver::Events events;
  RowSink* sink = nullptr;

 private:
  class Driver final : public TaskDriver {
   public:
    Driver(FakeDrivers& all, RowSink& rows) : all_(all) {
      EXPECT_EQ(all.alive, 0) << "two drivers at once";
      ++all.made, ++all.alive;
      all.sink = &rows;
      all.is_killed = all.is_over = false;
      all.shutdown_until.reset();
    }
    ~Driver() override { --all_.alive; }
    void start(TimePoint) override {}
    void give(Task task, TimePoint) override {
      EXPECT_FALSE(all_.is_killed);
      all_.held.push_back(std::move(task));
    }
    void set_window(std::size_t tasks) override { all_.window = tasks; }
    std::vector<Task> take_back(std::size_t keep) override {
      std::vector<Task> back;
      while (all_.held.size() > std::max(keep, all_.started)) {
        back.push_back(std::move(all_.held.back()));
        all_.held.pop_back();
      }
      return back;
    }
    std::size_t held() const override { return all_.held.size(); }
    void poll(TimePoint, Events& found) override {
      if (all_.bug) throw InfrastructureError(*std::exchange(all_.bug, std::nullopt));
      found = std::exchange(all_.events, {});
    }
    void add_poll_fds(std::vector<pollfd>&) const override {}
    TimePoint next_deadline() const override { return TimePoint::max(); }
    void pause_harvest(bool) override {}
    const std::optional<Failure>& gave_up() const override { return all_.gave_up; }
    void begin_shutdown(TimePoint until) override { all_.shutdown_until = until; }
    void kill_all() override {
      all_.is_killed = all_.is_over = true;
      all_.held.clear();
      all_.started = 0;
    }
    bool is_over() const override { return all_.is_over; }

   private:
    FakeDrivers& all_;
  };

  TryEnd& end_any(Duration run) {
    TryEnd& ended = events.ended.emplace_back();
    if (held.empty()) {
      ADD_FAILURE() << "no task is held";
      return ended;
    }
    ended.task = std::move(held.front());
    held.erase(held.begin());
    if (started > 0) --started;
    ended.items = item_count(ended.task.items);
    ended.process_time = ended.run_time = run;
    return ended;
  }
};

}  // namespace prs
