#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "scheduling/dispatcher.hpp"

namespace prs {

/// A dispatcher whose commands are looked at step by step; what is not looked at is found by `expect_silence()`.
class Bench {
 public:
  Bench(std::uint64_t mini_batches, std::uint32_t workers, std::uint32_t run_max_try = 3,
        std::uint64_t first_mini_batch = 0)
      : dispatcher_({mini_batches, run_max_try, workers, std::chrono::seconds(60), std::chrono::milliseconds(20),
                     [](MiniBatchIndex) { return 1U; }, first_mini_batch}) {
    dispatcher_.begin(now_);
  }
  ~Bench() {
    expect_silence();
    dispatcher_.check_invariants();
  }
  Dispatcher& operator*() { return dispatcher_; }
  Dispatcher* operator->() { return &dispatcher_; }

  void ready(std::uint32_t worker, std::uint32_t credit) {
    dispatcher_.on_host_state(WorkerId{worker}, true, now_, commands_);
    dispatcher_.on_credit(WorkerId{worker}, credit, now_, commands_);
  }
  bool end(std::uint32_t worker, std::uint64_t mini_batch, std::uint32_t dequeue_count,
           TryStatus status = TryStatus::run_done) {
    const Outcome outcome{
        MiniBatchIndex{mini_batch}, dequeue_count, status, 1, status == TryStatus::run_done ? 1U : 0U, 1, {}};
    return dispatcher_.on_outcome(WorkerId{worker}, outcome, now_, commands_);
  }
  void host_lost(std::uint32_t worker) { dispatcher_.on_host_state(WorkerId{worker}, false, now_, commands_); }
  void give_back(std::uint32_t worker, std::vector<MiniBatchIndex> mini_batches) {
    dispatcher_.on_given_back(WorkerId{worker}, mini_batches, now_, commands_);
  }
  void gone(std::uint32_t worker) { dispatcher_.on_worker_gone(WorkerId{worker}, now_, commands_); }
  void lost(std::uint32_t worker, bool is_suspicious = true) {
    dispatcher_.on_worker_lost(WorkerId{worker}, is_suspicious, now_, commands_);
  }
  void expect_loss_marks(const std::vector<std::uint64_t>& mini_batches) {
    std::vector<std::uint64_t> marked;
    for (const MiniBatchIndex mini_batch : commands_.loss_marks) marked.push_back(mini_batch.value);
    EXPECT_EQ(marked, mini_batches);
    commands_.loss_marks.clear();
  }
  void expect_given_up(std::uint64_t mini_batch) {
    ASSERT_EQ(commands_.given_up.size(), 1U);
    EXPECT_EQ(commands_.given_up.front().mini_batch.value, mini_batch);
    EXPECT_EQ(commands_.given_up.front().status, TryStatus::worker_lost);
    commands_.given_up.clear();
  }
  void tick(Dispatcher::Duration later) {
    now_ += later;
    dispatcher_.on_tick(now_, commands_);
  }
  Dispatcher::TimePoint now() const { return now_; }

  void expect_hand_out(std::uint32_t worker, std::uint64_t mini_batch, std::uint32_t dequeue_count) {
    ASSERT_FALSE(commands_.hand_outs.empty()) << "nothing was handed out";
    const HandOut first = commands_.hand_outs.front();
    commands_.hand_outs.erase(commands_.hand_outs.begin());
    EXPECT_EQ(first.worker.value, worker);
    EXPECT_EQ(first.mini_batch.value, mini_batch);
    EXPECT_EQ(first.dequeue_count, dequeue_count);
  }
  void expect_call_back(std::uint32_t worker) {
    ASSERT_EQ(commands_.call_backs.size(), 1U);
    EXPECT_EQ(commands_.call_backs.front().worker.value, worker);
    commands_.call_backs.clear();
  }
  void expect_silence() {
    EXPECT_TRUE(commands_.is_empty()) << commands_.hand_outs.size() << " hand-outs, " << commands_.call_backs.size()
                                      << " call-backs were not expected";
  }

 private:
  Dispatcher::TimePoint now_{std::chrono::seconds(1)};
  Dispatcher dispatcher_;
  Commands commands_;
};

}  // namespace prs
