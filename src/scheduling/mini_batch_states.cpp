#include "scheduling/mini_batch_states.hpp"

#include "scheduling/require.hpp"

namespace prs {

void MiniBatchStates::restore(MiniBatchIndex mini_batch, std::uint32_t dequeue_count, State state) {
  Slot& its = slot(mini_batch);
  require(its.state == State::ready && its.dequeue_count == 0, "a mini-batch is restored once");
  its.dequeue_count = dequeue_count;
  its.state = state;
  --never_handed_out_;
  if (state != State::ready) ++over_;
  if (state == State::done) ++reused_;
}

std::uint32_t MiniBatchStates::hand_out(MiniBatchIndex mini_batch, WorkerId worker) {
  Slot& its = slot(mini_batch);
  require(its.state == State::ready, "only a ready mini-batch is handed out");
  if (its.dequeue_count++ == 0) --never_handed_out_;
  its.state = State::running;
  its.worker = worker.value & 0x1FFFFFFFU;
  ++running_;
  return its.dequeue_count;
}

void MiniBatchStates::end(MiniBatchIndex mini_batch, State state) {
  Slot& its = slot(mini_batch);
  require(its.state == State::running, "only a running mini-batch ends");
  its.state = state;
  --running_;
  if (state != State::ready) ++over_;
}

void MiniBatchStates::give_back(MiniBatchIndex mini_batch) {
  end(mini_batch, State::ready);
  if (--slot(mini_batch).dequeue_count == 0) ++never_handed_out_;
}

void MiniBatchStates::begin_anew(MiniBatchIndex mini_batch) {
  Slot& its = slot(mini_batch);
  require(its.state == State::done, "only a finished mini-batch has a stretch");
  its.state = State::ready;
  its.dequeue_count = 0;
  ++never_handed_out_;
  --over_;
}

void MiniBatchStates::set_queued(MiniBatchIndex mini_batch, bool is_queued) {
  slot(mini_batch).is_queued = is_queued ? 1 : 0;
}

void MiniBatchStates::check_invariants(std::uint32_t run_max_try) const {
  std::uint64_t running = 0, over = 0, never = 0;
  for (const Slot& its : slots_) {
    running += its.state == State::running;
    over += its.state == State::done || its.state == State::gave_up;
    never += its.dequeue_count == 0;
    require(its.is_queued == 0 || its.state == State::ready, "only a ready mini-batch is queued");
    require(its.state != State::running || its.dequeue_count >= 1, "a running mini-batch was dequeued");
    require(its.dequeue_count <= run_max_try, "no mini-batch is dequeued more often than run_max_try");
  }
  require(running == running_, "running is counted once");
  require(over == over_, "over is counted once");
  require(never == never_handed_out_, "never handed out is counted once");
}

}  // namespace prs
