#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/ids.hpp"
#include "model/outcome.hpp"
#include "model/verdict.hpp"
#include "scheduling/call_backs.hpp"
#include "scheduling/commands.hpp"
#include "scheduling/hungry_workers.hpp"
#include "scheduling/mini_batch_states.hpp"
#include "scheduling/ready_queue.hpp"
#include "scheduling/worker_seat.hpp"

namespace prs {

/// A mini-batch that is handed out. A worker runs the first that it holds; the others wait there.
struct OutMiniBatch {
  MiniBatchIndex mini_batch;
  WorkerId worker;
  bool is_first = false;
  std::chrono::steady_clock::time_point last_report;  ///< of the worker: the first one runs since then
};

/// The mini-batches that wait, run or are over, and how often each was handed out: all of rule 6's order and tries.
/// The master's only. Pure: time comes in as an argument, and what must be done is added to `commands`. Never does I/O,
/// reads a clock, or decides about thresholds.
class Dispatcher {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  struct Options {
    std::uint64_t mini_batches = 0;
    std::uint32_t run_max_try = 0;  ///< at least 1
    std::uint32_t workers = 0;
    Duration progress_update_timeout{};
    /// How long a worker may sit on unstarted work, without a report, while another one has nothing.
    Duration call_back_after = std::chrono::milliseconds(20);
    /// Items of a mini-batch, for one that is given up without a try that counted them.
    std::function<std::uint32_t(MiniBatchIndex)> items_of = [](MiniBatchIndex) { return 1U; };
    std::uint64_t first_mini_batch = 0;  ///< of a slice (rule 7.7): the index of its first one
  };
  explicit Dispatcher(const Options& options);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Before the first event: what earlier starts of the run have left (rule 7.2).
  /// `dequeue_count` tries are over, and the last of them ended like `last`.
  void restore(const Outcome& last);
  /// Before its restore(): it was held by so many ranks that were lost, and has not passed since.
  void restore_loss_marks(MiniBatchIndex mini_batch, std::uint32_t marks) {
    queue_.suspects().restore(mini_batch, marks);
  }
  /// The next fresh mini-batch is looked for from the beginning; called once after all restore().
  void begin(TimePoint now);

  // Events
  /// The worker's host is past init() (or no longer): only then it gets work, whatever its credit.
  void on_host_state(WorkerId worker, bool is_ready, TimePoint now, Commands& commands);
  /// The worker may hold up to `credit` mini-batches from now on.
  void on_credit(WorkerId worker, std::uint32_t credit, TimePoint now, Commands& commands);
  /// A try ended. False: it was an older try's outcome, and nothing has changed (rule 6.2).
  bool on_outcome(WorkerId worker, const Outcome& outcome, TimePoint now, Commands& commands);
  /// The worker gave these back, newest first, not started: they were never dequeued.
  void on_given_back(WorkerId worker, std::span<const MiniBatchIndex> mini_batches, TimePoint now, Commands& commands);
  /// The worker's hosts cannot come through init() (rule 6.6): all that it held goes back, uncharged.
  void on_worker_gone(WorkerId worker, TimePoint now, Commands& commands);
  /// The rank is gone, and with it its part in the tally rounds: all that it held goes back, uncharged. Where its
  /// script may have done it (`is_suspicious`), each of these gets a loss mark and is handed out alone from now on, to
  /// a worker that holds nothing else; the third mark gives it up (rule 7.4).
  void on_worker_lost(WorkerId worker, bool is_suspicious, TimePoint now, Commands& commands);
  /// The rows of a finished mini-batch were found damaged: it runs again, with its tries anew.
  /// `last` is the outcome that the ledger has of it.
  void on_bad_stretch(const Outcome& last, TimePoint now, Commands& commands);
  /// Nothing is handed out from now on (a stop or an abort).
  void stop() { is_stopped_ = true; }
  /// Nothing is handed out while it is paused (what ended cannot be written down fast enough); then all goes on.
  void set_paused(bool is_paused, TimePoint now, Commands& commands);
  /// Called now and then: calls work back from workers that sit on it, or whose host is down, while others have none.
  void on_tick(TimePoint now, Commands& commands);

  // Questions
  bool is_over() const { return states_.over() == states_.size(); }
  bool is_quiet() const { return states_.running() == 0; }
  /// Some mini-batch waits for its turn, here or at a worker that runs another one.
  bool has_unbegun() const;
  bool is_paused() const { return is_paused_; }
  /// Every mini-batch has been handed out at least once (rule 6.4).
  bool all_handed_out() const { return states_.never_handed_out() == 0; }
  std::uint64_t never_handed_out() const { return states_.never_handed_out(); }
  bool has_workers() const { return workers_present_ > 0; }
  std::uint64_t running() const { return states_.running(); }
  std::uint64_t reused() const { return states_.reused(); }
  /// The outcome is of the current try, and will be taken.
  bool is_current(WorkerId worker, const Outcome& outcome) const {
    return states_.is_running_at(outcome.mini_batch, worker) &&
           states_.dequeue_count(outcome.mini_batch) == outcome.dequeue_count;
  }
  bool is_done(MiniBatchIndex mini_batch) const { return states_.state(mini_batch) == State::done; }
  bool has_given_up(MiniBatchIndex mini_batch) const { return states_.state(mini_batch) == State::gave_up; }
  /// The failures as the ledger has them: what the last tally round must equal (rule 1.3).
  const Tally& tally() const { return tally_; }
  /// What no living worker's own tries account for: earlier starts of the run, what was taken back at assembly, and the
  /// lost workers.
  const Tally& tally_of_no_worker() const { return tally_of_no_worker_; }
  /// Nothing ended for `progress_update_timeout` while some host was past init(), and work was handed out.
  bool is_stuck(TimePoint now) const;
  std::vector<OutMiniBatch> out() const;
  /// Re-derives every invariant from what each mini-batch and each worker is; for tests.
  void check_invariants() const;

 private:
  using State = MiniBatchStates::State;

  WorkerSeat& worker(WorkerId id);
  bool is_handing_out() const { return !is_stopped_ && !is_paused_; }
  bool has_work_for(const WorkerSeat& worker) const;
  std::uint32_t share() const;
  void fill(WorkerId id, Commands& commands);
  void feed_hungry(Commands& commands);
  void wait_for_work(WorkerId id);
  bool hand_out_next(WorkerId id, Commands& commands);
  void release(WorkerId id, MiniBatchIndex mini_batch, State state);
  void charge(const Tally& change, Tally& account);
  void mark_losses(WorkerId id, Commands& commands);
  void give_up_lost(WorkerId id, MiniBatchIndex mini_batch, Commands& commands);

  Options options_;
  MiniBatchStates states_;
  ReadyQueue queue_;
  std::vector<WorkerSeat> workers_;
  HungryWorkers hungry_;  ///< have credit that could not be filled
  CallBacks call_backs_;
  std::uint32_t workers_present_ = 0;
  std::uint32_t hosts_ready_ = 0;
  bool is_stopped_ = false;
  bool is_paused_ = false;
  TimePoint last_progress_{};
  Tally tally_;
  Tally tally_of_no_worker_;
};

}  // namespace prs
