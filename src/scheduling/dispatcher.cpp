#include "scheduling/dispatcher.hpp"

#include <algorithm>

#include "scheduling/require.hpp"

namespace prs {

Dispatcher::Dispatcher(const Options& options)
    : options_(options),
      states_(options.mini_batches, options.first_mini_batch),
      queue_(states_),
      workers_(options.workers + 1),
      hungry_(options.workers),
      call_backs_(options.call_back_after),
      workers_present_(options.workers) {
  workers_[0].is_present = false;  // rank 0 is no worker
}

WorkerSeat& Dispatcher::worker(WorkerId id) {
  require(id.value >= 1 && id.value < workers_.size(), "a worker's id is 1 … W");
  return workers_[id.value];
}

void Dispatcher::charge(const Tally& change, Tally& account) {
  tally_ += change;
  account += change;
}

void Dispatcher::restore(const Outcome& last) {
  const bool gave_up = gives_up(last, options_.run_max_try);
  const State state = last.is_done() ? State::done : gave_up ? State::gave_up : State::ready;
  states_.restore(last.mini_batch, last.dequeue_count, state);
  charge(tally_of(last, options_.run_max_try), tally_of_no_worker_);
  if (state == State::ready)
    queue_.put_back(last.mini_batch, false);
  else
    queue_.suspects().acquit(last.mini_batch);
}

void Dispatcher::begin(TimePoint now) {
  last_progress_ = now;
  queue_.begin();
}

void Dispatcher::on_host_state(WorkerId id, bool is_ready, TimePoint now, Commands& commands) {
  WorkerSeat& w = worker(id);
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
  WorkerSeat& w = worker(id);
  if (!w.is_present) return;
  w.credit = credit;
  w.last_report = now;
  fill(id, commands);
}

/// What one worker may hold while work is left: its credit, but near the end a small part of the rest, and at last one,
/// so that no worker sits on work that another could do.
std::uint32_t Dispatcher::share() const {
  const std::uint64_t part = queue_.rest() / (2 * std::uint64_t{std::max(1U, workers_present_)});
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(part, 1, 1U << 20));
}

/// While suspects wait there is no other work: so workers run empty, until there are as many as are needed.
bool Dispatcher::has_work_for(const WorkerSeat& w) const {
  return queue_.suspects().are_waiting() ? w.held.empty() : !queue_.is_empty();
}

void Dispatcher::fill(WorkerId id, Commands& commands) {
  const WorkerSeat& w = worker(id);
  const bool were_suspects_waiting = queue_.suspects().are_waiting();
  while (is_handing_out() && w.has_room() && w.held.size() < share() && hand_out_next(id, commands)) continue;
  wait_for_work(id);
  // The others were kept waiting for the last suspect to be taken.
  if (were_suspects_waiting && !queue_.suspects().are_waiting()) feed_hungry(commands);
}

void Dispatcher::wait_for_work(WorkerId id) {
  const WorkerSeat& w = worker(id);
  if (!w.has_room() || has_work_for(w))
    hungry_.remove(id);
  else
    hungry_.add(id, w.held.empty());
}

/// False: there is none for this worker. What it leaves to another one, feed_hungry() gives to that one.
bool Dispatcher::hand_out_next(WorkerId id, Commands& commands) {
  WorkerSeat& w = worker(id);
  if (!has_work_for(w)) return false;
  const auto next = queue_.take(id, hungry_.has_other(id));
  if (!next) return false;
  const std::uint32_t dequeue_count = states_.hand_out(*next, id);
  w.hold(*next, queue_.suspects().contains(*next));
  commands.hand_outs.push_back({id, *next, dequeue_count});
  return true;
}

void Dispatcher::release(WorkerId id, MiniBatchIndex mini_batch, State state) {
  worker(id).release(mini_batch);
  states_.end(mini_batch, state);
}

bool Dispatcher::on_outcome(WorkerId id, const Outcome& outcome, TimePoint now, Commands& commands) {
  WorkerSeat& w = worker(id);
  w.last_report = now;
  if (!is_current(id, outcome)) return false;
  last_progress_ = now;
  charge(charge_of(outcome, options_.run_max_try), w.tally);
  if (outcome.is_done() || gives_up(outcome, options_.run_max_try)) {
    release(id, outcome.mini_batch, outcome.is_done() ? State::done : State::gave_up);
    queue_.suspects().acquit(outcome.mini_batch);
  } else {
    release(id, outcome.mini_batch, State::ready);
    queue_.put_back(outcome.mini_batch, false);
    feed_hungry(commands);
  }
  fill(id, commands);
  return true;
}

/// Gives what has become ready to workers that wait for work: to one that holds nothing and did not have it last, if
/// there is one.
void Dispatcher::feed_hungry(Commands& commands) {
  while (is_handing_out() && !queue_.is_empty() && !hungry_.is_empty()) {
    const WorkerId had_it_last = queue_.last_worker_of_next();
    const auto id =
        queue_.suspects().are_waiting() ? hungry_.take_idle(had_it_last) : std::optional(hungry_.take(had_it_last));
    if (!id) return;
    if (worker(*id).has_room()) hand_out_next(*id, commands);
    wait_for_work(*id);
  }
}

void Dispatcher::on_given_back(WorkerId id, std::span<const MiniBatchIndex> mini_batches, TimePoint now,
                               Commands& commands) {
  WorkerSeat& w = worker(id);
  call_backs_.end(w);
  w.last_report = now;
  for (const MiniBatchIndex mini_batch : mini_batches) {
    if (!states_.is_running_at(mini_batch, id)) continue;
    w.release(mini_batch);
    states_.give_back(mini_batch);
    queue_.put_back(mini_batch, true);
  }
  feed_hungry(commands);
  fill(id, commands);
}

void Dispatcher::on_worker_gone(WorkerId id, TimePoint now, Commands& commands) {
  WorkerSeat& w = worker(id);
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
  WorkerSeat& w = worker(id);
  tally_of_no_worker_ += w.tally;
  w.tally = {};
  if (is_suspicious) mark_losses(id, commands);
  on_worker_gone(id, now, commands);
}

/// A mini-batch that takes rank after rank with it must not take them all; what it was held with must not pay for it.
void Dispatcher::mark_losses(WorkerId id, Commands& commands) {
  const std::vector<MiniBatchIndex> held = worker(id).held;
  for (const MiniBatchIndex mini_batch : held) {
    commands.loss_marks.push_back(mini_batch);
    if (queue_.suspects().mark(mini_batch)) give_up_lost(id, mini_batch, commands);
  }
}

void Dispatcher::give_up_lost(WorkerId id, MiniBatchIndex mini_batch, Commands& commands) {
  Outcome outcome;
  outcome.mini_batch = mini_batch;
  outcome.dequeue_count = states_.dequeue_count(mini_batch);
  outcome.status = TryStatus::worker_lost;
  outcome.items = options_.items_of(mini_batch);
  charge(charge_of(outcome, options_.run_max_try), tally_of_no_worker_);
  release(id, mini_batch, State::gave_up);
  queue_.suspects().acquit(mini_batch);
  commands.given_up.push_back(outcome);
}

void Dispatcher::on_bad_stretch(const Outcome& last, TimePoint now, Commands& commands) {
  require(last.is_done(), "only rows of a finished mini-batch are looked at");
  const Tally counted = tally_of(last, options_.run_max_try);
  tally_ -= counted;
  tally_of_no_worker_ -= counted;
  states_.begin_anew(last.mini_batch);
  last_progress_ = now;
  queue_.put_back(last.mini_batch, false);
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
  if (is_handing_out() && queue_.is_empty() && hungry_.has_idle())
    call_backs_.look(workers_, hungry_.idle(), now, commands.call_backs);
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
  return states_.ready() > 0 ||
         std::any_of(workers_.begin(), workers_.end(), [](const WorkerSeat& worker) { return worker.has_unbegun(); });
}

void Dispatcher::check_invariants() const {
  states_.check_invariants(options_.run_max_try);
  queue_.check_invariants();
  const Suspects& suspects = queue_.suspects();
  std::uint64_t held = 0;
  for (std::uint32_t i = 1; i < workers_.size(); ++i) {
    const WorkerSeat& w = workers_[i];
    held += w.held.size();
    for (const MiniBatchIndex mini_batch : w.held)
      require(states_.is_running_at(mini_batch, WorkerId{i}), "what a worker holds is running there");
    require(w.is_present || w.held.empty(), "a worker that is gone holds nothing");
    const bool holds_suspect = std::any_of(w.held.begin(), w.held.end(),
                                           [&](MiniBatchIndex mini_batch) { return suspects.contains(mini_batch); });
    require(holds_suspect == w.holds_suspect, "who holds a suspect is known");
    require(!holds_suspect || w.held.size() == 1, "a suspect is held alone");
  }
  require(held == states_.running(), "what runs is held by one worker");
  require(!is_handing_out() || queue_.is_empty() || (suspects.are_waiting() ? !hungry_.has_idle() : hungry_.is_empty()),
          "nobody waits for work while work waits");
}

}  // namespace prs
