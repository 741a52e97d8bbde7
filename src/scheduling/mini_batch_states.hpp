#pragma once

#include <cstdint>
#include <vector>

#include "model/ids.hpp"

namespace prs {

/// Where each mini-batch stands, who has it, and how often it was handed out. Knows which step may follow which, and
/// counts; whose turn it is, is ReadyQueue's. The Dispatcher's only.
class MiniBatchStates {
 public:
  //  ready ──hand out──▶ running{worker} ──succeeded──▶ done ──bad checksum at assembly──▶ ready
  //    ▲                    │
  //    ├── failed, tries left, or given back
  //    └────────────────────┴── failed, none left ──▶ gave_up
  enum class State : std::uint32_t { ready, running, done, gave_up };

  /// Of the mini-batches [first, first + mini_batches).
  explicit MiniBatchStates(std::uint64_t mini_batches, std::uint64_t first = 0)
      : first_(first), slots_(mini_batches), never_handed_out_(mini_batches) {}

  // Steps. What a mini-batch is before each of them is required.
  /// Earlier starts tried it so often, and this is what it is since: ready, done, or gave_up.
  void restore(MiniBatchIndex mini_batch, std::uint32_t dequeue_count, State state);
  /// Returns how often it was handed out by now.
  std::uint32_t hand_out(MiniBatchIndex mini_batch, WorkerId worker);
  /// It ran, and is ready again, done, or gave_up.
  void end(MiniBatchIndex mini_batch, State state);
  /// It was not started, so it was not handed out.
  void give_back(MiniBatchIndex mini_batch);
  /// It was done, and runs again with its tries anew.
  void begin_anew(MiniBatchIndex mini_batch);
  /// It waits in a queue: so it is ready, and not fresh.
  void set_queued(MiniBatchIndex mini_batch, bool is_queued);

  // Questions
  std::uint64_t size() const { return slots_.size(); }
  std::uint64_t begin() const { return first_; }
  std::uint64_t end() const { return first_ + slots_.size(); }
  bool has(MiniBatchIndex mini_batch) const { return mini_batch.value >= begin() && mini_batch.value < end(); }
  State state(MiniBatchIndex mini_batch) const { return slot(mini_batch).state; }
  std::uint32_t dequeue_count(MiniBatchIndex mini_batch) const { return slot(mini_batch).dequeue_count; }
  bool is_running_at(MiniBatchIndex mini_batch, WorkerId worker) const {
    return has(mini_batch) && state(mini_batch) == State::running && last_worker_of(mini_batch) == worker;
  }
  WorkerId last_worker_of(MiniBatchIndex mini_batch) const {
    return {static_cast<std::uint32_t>(slot(mini_batch).worker)};
  }
  bool is_queued(MiniBatchIndex mini_batch) const { return slot(mini_batch).is_queued != 0; }
  bool is_fresh(MiniBatchIndex mini_batch) const { return state(mini_batch) == State::ready && !is_queued(mini_batch); }
  std::uint64_t never_handed_out() const { return never_handed_out_; }
  std::uint64_t running() const { return running_; }
  std::uint64_t over() const { return over_; }
  std::uint64_t ready() const { return slots_.size() - running_ - over_; }
  std::uint64_t reused() const { return reused_; }
  /// Counts anew; for tests.
  void check_invariants(std::uint32_t run_max_try) const;

 private:
  /// 8 bytes, one per mini-batch. `worker` is who has it, or had it last.
  struct Slot {
    std::uint32_t dequeue_count = 0;
    std::uint32_t worker : 29 = 0;
    State state : 2 = State::ready;
    std::uint32_t is_queued : 1 = 0;
  };

  Slot& slot(MiniBatchIndex mini_batch) { return slots_[mini_batch.value - first_]; }
  const Slot& slot(MiniBatchIndex mini_batch) const { return slots_[mini_batch.value - first_]; }

  std::uint64_t first_;
  std::vector<Slot> slots_;
  std::uint64_t never_handed_out_;
  std::uint64_t running_ = 0;
  std::uint64_t over_ = 0;
  std::uint64_t reused_ = 0;  ///< done by an earlier start
};

}  // namespace prs
