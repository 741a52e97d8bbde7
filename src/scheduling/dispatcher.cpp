#include "scheduling/dispatcher.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

namespace prs {
namespace {

/// Our own bug (STYLE: names the invariant and ends the process); pure code has no log to write to.
void require(bool condition, const char* invariant) {
  if (condition) return;
  std::fprintf(stderr, "prs_mpi: internal error in the dispatcher: this must hold and does not: %s\n", invariant);
  std::abort();
}

/// How many queued mini-batches are looked through for one that another worker had.
constexpr std::size_t look_ahead = 8;

}  // namespace

Dispatcher::Dispatcher(const Options& options)
    : options_(options),
      slots_(options.mini_batches),
      workers_(options.workers + 1),
      hungry_(options.workers),
      fresh_(options.mini_batches),
      never_handed_out_(options.mini_batches),
      workers_present_(options.workers) {
  workers_[0].is_present = false;  // rank 0 is no worker
}

Dispatcher::Worker& Dispatcher::worker(WorkerId id) {
  require(id.value >= 1 && id.value < workers_.size(), "a worker's id is 1 … W");
  return workers_[id.value];
}

bool Dispatcher::is_done(MiniBatchIndex mini_batch) const {
  return slots_[mini_batch.value].state == State::done;
}
bool Dispatcher::has_given_up(MiniBatchIndex mini_batch) const {
  return slots_[mini_batch.value].state == State::gave_up;
}

void Dispatcher::restore(const Outcome& last) {
  Slot& slot = slots_[last.mini_batch.value];
  require(slot.state == State::ready && slot.dequeue_count == 0, "a mini-batch is restored once");
  slot.dequeue_count = last.dequeue_count;
  --never_handed_out_;
  const Tally charge = charge_of(last, false, options_.run_max_try);
  tally_ += charge;
  tally_of_no_worker_ += charge;
  --fresh_;
  if (last.is_done()) {
    slot.state = State::done;
    ++reused_;
  } else if (gives_up(last, options_.run_max_try)) {
    slot.state = State::gave_up;
  } else {
    return put_back(last.mini_batch, false);
  }
  suspects_.acquit(last.mini_batch);
  ++over_;
}

void Dispatcher::begin(TimePoint now) {
  last_progress_ = now;
  for (const MiniBatchIndex suspect : suspects_.all()) {
    if (slots_[suspect.value].is_queued != 0) continue;
    --fresh_;
    put_back(suspect, false);
  }
  skip_to_fresh();
}

void Dispatcher::skip_to_fresh() {
  while (next_fresh_ < slots_.size() &&
         (slots_[next_fresh_].state != State::ready || slots_[next_fresh_].is_queued != 0))
    ++next_fresh_;
}

void Dispatcher::on_host_state(WorkerId id, bool is_ready, TimePoint now, Commands& commands) {
  Worker& w = worker(id);
  if (w.is_host_ready == is_ready || !w.is_present) return;
  w.is_host_ready = is_ready;
  w.last_report = now;
  if (is_ready) {
    if (hosts_ready_++ == 0) last_progress_ = now;
    return fill(id, commands);
  }
  --hosts_ready_;
  hungry_.remove(id);
}

void Dispatcher::on_credit(WorkerId id, std::uint32_t credit, TimePoint now, Commands& commands) {
  Worker& w = worker(id);
  if (!w.is_present) return;
  w.credit = credit;
  w.last_report = now;
  fill(id, commands);
}

/// What one worker may hold while work is left: its credit, but near the end a small part of the rest, and at last one,
/// so that no worker sits on work that another could do.
std::uint32_t Dispatcher::share() const {
  const std::uint64_t rest = fresh_ + again_.size();
  const std::uint64_t part = rest / (2 * std::uint64_t{std::max(1U, workers_present_)});
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(part, 1, 1U << 20));
}

bool Dispatcher::has_room(const Worker& w) const {
  return w.is_present && w.is_host_ready && !w.holds_suspect && w.held.size() < w.credit;
}

/// While suspects wait there is no other work: so workers run empty, until there are as many as are needed.
bool Dispatcher::has_work_for(const Worker& w) const {
  return suspects_.are_waiting() ? w.held.empty() : has_work();
}

void Dispatcher::fill(WorkerId id, Commands& commands) {
  Worker& w = worker(id);
  const bool were_suspects_waiting = suspects_.are_waiting();
  MiniBatchIndex next;
  while (is_handing_out() && has_room(w) && w.held.size() < share() && take_next(id, next))
    hand_out(id, next, commands);
  wait_for_work(id);
  // The others were kept waiting for the last suspect to be taken.
  if (were_suspects_waiting && !suspects_.are_waiting()) feed_hungry(commands);
}

void Dispatcher::wait_for_work(WorkerId id) {
  const Worker& w = worker(id);
  if (!has_room(w) || has_work_for(w))
    hungry_.remove(id);
  else
    hungry_.add(id, w.held.empty());
}

bool Dispatcher::take_next(WorkerId id, MiniBatchIndex& next) {
  if (!has_work_for(worker(id))) return false;
  if (suspects_.are_waiting()) {
    next = suspects_.take();
    slots_[next.value].is_queued = 0;
    return true;
  }
  if (!again_.empty()) return take_retry(id, next);
  next = MiniBatchIndex{next_fresh_++};
  --fresh_;
  skip_to_fresh();
  return true;
}

/// Failed mini-batches come before fresh ones, and go to another worker where one is free (rule 6.1).
bool Dispatcher::take_retry(WorkerId id, MiniBatchIndex& next) {
  std::size_t chosen = 0;
  const std::size_t end = std::min(again_.size(), look_ahead);
  while (chosen < end && slots_[again_[chosen].value].worker == id.value) ++chosen;
  if (chosen == end) {
    if (hungry_.has_other(id)) return false;  // feed_hungry() follows
    chosen = 0;
  }
  next = again_[chosen];
  again_.erase(again_.begin() + static_cast<std::ptrdiff_t>(chosen));
  slots_[next.value].is_queued = 0;
  return true;
}

void Dispatcher::hand_out(WorkerId id, MiniBatchIndex mini_batch, Commands& commands) {
  Slot& slot = slots_[mini_batch.value];
  require(slot.state == State::ready, "only a ready mini-batch is handed out");
  if (slot.dequeue_count++ == 0) --never_handed_out_;
  slot.state = State::running;
  slot.worker = id.value & 0x1FFFFFFFU;
  ++running_;
  Worker& w = worker(id);
  w.held.push_back(mini_batch);
  w.holds_suspect = suspects_.contains(mini_batch);
  commands.hand_outs.push_back({id, mini_batch, slot.dequeue_count, slot.dequeue_count > 1});
}

void Dispatcher::release(Worker& from, MiniBatchIndex mini_batch) {
  // Tries end in the order of their hand-out, so the first is nearly always the one.
  const auto place = std::find(from.held.begin(), from.held.end(), mini_batch);
  require(place != from.held.end(), "a running mini-batch is held by its worker");
  from.held.erase(place);
  from.holds_suspect = false;  // it was alone, or there was none
  --running_;
}

bool Dispatcher::is_current(WorkerId id, const Outcome& outcome) const {
  if (outcome.mini_batch.value >= slots_.size()) return false;
  const Slot& slot = slots_[outcome.mini_batch.value];
  return slot.state == State::running && slot.worker == id.value && slot.dequeue_count == outcome.dequeue_count;
}

bool Dispatcher::on_outcome(WorkerId id, const Outcome& outcome, TimePoint now, Commands& commands) {
  Worker& w = worker(id);
  w.last_report = now;
  if (!is_current(id, outcome)) return false;
  Slot& slot = slots_[outcome.mini_batch.value];
  release(w, outcome.mini_batch);
  last_progress_ = now;
  const Tally charge = charge_of(outcome, outcome.dequeue_count > 1, options_.run_max_try);
  tally_ += charge;
  w.tally += charge;
  if (outcome.is_done() || gives_up(outcome, options_.run_max_try)) {
    slot.state = outcome.is_done() ? State::done : State::gave_up;
    suspects_.acquit(outcome.mini_batch);
    ++over_;
  } else {
    slot.state = State::ready;
    put_back(outcome.mini_batch, false);
    feed_hungry(commands);
  }
  fill(id, commands);
  return true;
}

void Dispatcher::put_back(MiniBatchIndex mini_batch, bool in_front) {
  slots_[mini_batch.value].is_queued = 1;
  if (suspects_.contains(mini_batch))
    suspects_.put_back(mini_batch, in_front);
  else if (in_front)
    again_.push_front(mini_batch);
  else
    again_.push_back(mini_batch);
}

/// Gives what has become ready to workers that wait for work: to one that holds nothing and did not have it last, if
/// there is one.
void Dispatcher::feed_hungry(Commands& commands) {
  while (is_handing_out() && has_work() && !hungry_.is_empty()) {
    WorkerId id;
    if (suspects_.are_waiting()) {
      const auto idle = hungry_.take_idle(last_worker_of(suspects_.next()));
      if (!idle) return;
      id = *idle;
    } else {
      id = hungry_.take(again_.empty() ? WorkerId{} : last_worker_of(again_.front()));
    }
    MiniBatchIndex next;
    if (has_room(worker(id)) && take_next(id, next)) hand_out(id, next, commands);
    wait_for_work(id);
  }
}

void Dispatcher::on_given_back(WorkerId id, std::span<const MiniBatchIndex> mini_batches, TimePoint now,
                               Commands& commands) {
  Worker& w = worker(id);
  w.is_called_back = false;
  w.last_report = now;
  for (const MiniBatchIndex mini_batch : mini_batches) {
    if (mini_batch.value >= slots_.size()) continue;
    Slot& slot = slots_[mini_batch.value];
    if (slot.state != State::running || slot.worker != id.value) continue;
    release(w, mini_batch);
    slot.state = State::ready;
    if (--slot.dequeue_count == 0) ++never_handed_out_;
    put_back(mini_batch, true);
  }
  feed_hungry(commands);
  fill(id, commands);
}

void Dispatcher::on_worker_gone(WorkerId id, TimePoint now, Commands& commands) {
  Worker& w = worker(id);
  if (!w.is_present) return;
  on_host_state(id, false, now, commands);
  w.is_present = false;
  w.credit = 0;
  --workers_present_;
  hungry_.remove(id);
  const std::vector<MiniBatchIndex> held(w.held.rbegin(), w.held.rend());  // newest first, so that the oldest is next
  on_given_back(id, held, now, commands);
}

void Dispatcher::on_worker_lost(WorkerId id, bool is_suspicious, TimePoint now, Commands& commands) {
  Worker& w = worker(id);
  tally_of_no_worker_ += w.tally;
  w.tally = {};
  if (is_suspicious) mark_losses(id, commands);
  on_worker_gone(id, now, commands);
}

void Dispatcher::hold_suspects(bool are_held, Commands& commands) {
  if (are_held == suspects_.is_held()) return;
  suspects_.hold(are_held);
  feed_hungry(commands);
}

/// A mini-batch that takes rank after rank with it must not take them all; what it was held with must not pay for it.
void Dispatcher::mark_losses(WorkerId id, Commands& commands) {
  const std::vector<MiniBatchIndex> held = worker(id).held;
  for (const MiniBatchIndex mini_batch : held) {
    commands.loss_marks.push_back(mini_batch);
    if (suspects_.mark(mini_batch)) give_up_lost(id, mini_batch, commands);
  }
}

void Dispatcher::give_up_lost(WorkerId id, MiniBatchIndex mini_batch, Commands& commands) {
  Slot& slot = slots_[mini_batch.value];
  const Outcome outcome{mini_batch, slot.dequeue_count, TryStatus::worker_lost, options_.items_of(mini_batch), 0, 0,
                        {}};
  const Tally charge = charge_of(outcome, outcome.dequeue_count > 1, options_.run_max_try);
  tally_ += charge;
  tally_of_no_worker_ += charge;
  release(worker(id), mini_batch);
  slot.state = State::gave_up;
  suspects_.acquit(mini_batch);
  ++over_;
  commands.given_up.push_back(outcome);
}

void Dispatcher::on_bad_stretch(const Outcome& last, TimePoint now, Commands& commands) {
  Slot& slot = slots_[last.mini_batch.value];
  require(slot.state == State::done && last.is_done(), "only a finished mini-batch has a stretch");
  const Tally charge = charge_of(last, false, options_.run_max_try);
  tally_ -= charge;
  tally_of_no_worker_ -= charge;
  slot.state = State::ready;
  slot.dequeue_count = 0;
  ++never_handed_out_;
  --over_;
  last_progress_ = now;
  put_back(last.mini_batch, false);
  feed_hungry(commands);
}

void Dispatcher::set_paused(bool is_paused, TimePoint now, Commands& commands) {
  if (is_paused_ == is_paused) return;
  is_paused_ = is_paused;
  last_progress_ = now;  // what did not end meanwhile was not handed out
  if (is_paused) return;
  feed_hungry(commands);
  for (std::uint32_t i = 1; i < workers_.size(); ++i) fill(WorkerId{i}, commands);
}

void Dispatcher::on_tick(TimePoint now, Commands& commands) {
  if (!is_handing_out() || has_work() || !hungry_.has_idle() || now < next_call_back_look_) return;
  next_call_back_look_ = now + options_.call_back_after / 4;  // a look at all workers is dear
  for (std::uint32_t i = 1; i < workers_.size(); ++i) {
    Worker& w = workers_[i];
    // A host that is down starts nothing; a living one runs the first that it holds.
    const std::uint32_t keep = w.is_host_ready ? 1 : 0;
    if (!w.is_present || w.is_called_back || w.held.size() <= keep || now - w.last_report < options_.call_back_after)
      continue;
    w.is_called_back = true;
    commands.call_backs.push_back({WorkerId{i}, keep});
  }
}

bool Dispatcher::is_stuck(TimePoint now) const {
  return !is_paused_ && hosts_ready_ > 0 && !is_over() && now - last_progress_ > options_.progress_update_timeout;
}

std::vector<OutMiniBatch> Dispatcher::out() const {
  std::vector<OutMiniBatch> all;
  for (std::uint32_t i = 1; i < workers_.size(); ++i)
    for (const MiniBatchIndex mini_batch : workers_[i].held)
      all.push_back({mini_batch, WorkerId{i}, workers_[i].is_host_ready && mini_batch == workers_[i].held.front(),
                     workers_[i].last_report});
  return all;
}

bool Dispatcher::has_unbegun() const {
  if (over_ + running_ < slots_.size()) return true;
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const Worker& worker) { return worker.held.size() > (worker.is_host_ready ? 1U : 0U); });
}

void Dispatcher::check_invariants() const {
  std::uint64_t running = 0, over = 0, queued = 0, fresh = 0, never = 0;
  for (std::uint64_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    running += slot.state == State::running;
    over += slot.state == State::done || slot.state == State::gave_up;
    queued += slot.is_queued;
    never += slot.dequeue_count == 0;
    const bool is_fresh = slot.state == State::ready && slot.is_queued == 0;
    fresh += is_fresh;
    require(!is_fresh || i >= next_fresh_, "a fresh mini-batch lies behind the cursor");
    require(slot.is_queued == 0 || slot.state == State::ready, "only a ready mini-batch is queued");
    require(slot.state != State::running || slot.dequeue_count >= 1, "a running mini-batch was dequeued");
    require(slot.dequeue_count <= options_.run_max_try, "no mini-batch is dequeued more often than run_max_try");
  }
  std::uint64_t held = 0;
  for (std::uint32_t i = 1; i < workers_.size(); ++i) {
    held += workers_[i].held.size();
    for (const MiniBatchIndex mini_batch : workers_[i].held) {
      const Slot& slot = slots_[mini_batch.value];
      require(slot.state == State::running && slot.worker == i, "what a worker holds is running there");
    }
    require(workers_[i].is_present || workers_[i].held.empty(), "a worker that is gone holds nothing");
    const bool holds_suspect =
        std::any_of(workers_[i].held.begin(), workers_[i].held.end(),
                    [this](MiniBatchIndex mini_batch) { return suspects_.contains(mini_batch); });
    require(holds_suspect == workers_[i].holds_suspect, "who holds a suspect is known");
    require(!holds_suspect || workers_[i].held.size() == 1, "a suspect is held alone");
  }
  require(running == running_ && held == running_, "running is counted once");
  require(over == over_, "over is counted once");
  require(queued == again_.size() + suspects_.waiting(), "the queues hold what is marked queued");
  require(fresh == fresh_, "fresh is counted once");
  require(never == never_handed_out_, "never handed out is counted once");
  require(!is_handing_out() || !has_work() || (suspects_.are_waiting() ? !hungry_.has_idle() : hungry_.is_empty()),
          "nobody waits for work while work waits");
}

}  // namespace prs
