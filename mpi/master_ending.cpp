// What ends the farm: signals, limits, trouble, lost workers; and how it is closed.
#include <algorithm>

#include "mpi/host_settings.hpp"
#include "mpi/launcher.hpp"
#include "mpi/master.hpp"
#include "mpi/signals.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr double answer_limit_seconds = 10;    ///< for a worker's last writes and its answer, beyond its limit
constexpr double shutdown_limit_seconds = 30;  ///< for the scripts' shutdown()
constexpr std::chrono::milliseconds limit_look_interval{100};  ///< each look goes over all workers

}  // namespace

void Master::end_with(Ending ending) {
  if (ending_ && (ending_->is_at_once || !ending.is_at_once)) {
    // Nothing can be written: that holds whatever ended the farm before.
    ending_->is_in_trouble = ending_->is_in_trouble || ending.is_in_trouble;
    return;
  }
  log().warn("the run ends early: {}", ending.cause);
  dispatcher_.stop();
  if (ending_) ending.cause = ending_->cause + "; then " + ending.cause;
  ending_ = std::move(ending);
  if (!is_stop_told_ && !ending_->is_at_once) tell_all(Tag::stop);
  is_stop_told_ = true;
}

/// The first signal lets running tries finish, a second one of the same rank does not (SPEC 7.3).
void Master::on_signal(const protocol::Signal& signal, TimePoint now) {
  if (signal.count <= signals_) return;
  signals_ = signal.count;
  // While the rows are put together there is nothing left to stop, and the file is finished; scripts that are still in
  // shutdown() may be told not to linger.
  if (is_closing_ && signals_ > 1) tell_all(Tag::close, protocol::plain_bytes(protocol::Close{false, false, 0}));
  if (is_closing_) return;
  // The launcher passes every signal on as SIGUSR1, and has said which one it was.
  const std::string name = launcher_result_file().empty() ? signal_name(signal.number) : "a signal";
  if (ending_ && !ending_->is_at_once)
    return end_with({ExitStatus::interrupted, "stopped at once by a second signal", parts_.folder.job_result()});
  const Duration grace =
      duration_of(grace_seconds_after(signal.number, parts_.config.parallel.grace_period_or_default()));
  end_with({ExitStatus::interrupted, "stopped by " + name, parts_.folder.job_result(), false, now + grace});
}

void Master::look_for_endings(TimePoint now) {
  if (const auto& loss = parts_.lease.loss())
    end_with({ExitStatus::infrastructure, *loss, parts_.folder.job_result(), true, now, true});
  if (const auto failure = parts_.lease.failure())
    end_with({ExitStatus::infrastructure, "the lease on the run folder cannot be renewed: " + *failure,
              parts_.folder.master_log(), true, now, true});
  if (const auto failure = io_.failure())
    end_with({ExitStatus::infrastructure, *failure, parts_.folder.master_log(), true, now, true});
  if (const int count = StopSignals::count(); count > 0 && count != own_signals_) {
    StopSignals::acknowledge();
    own_signals_ = count;
    on_signal({StopSignals::last(), count}, now);
  }
  if (is_closing_) return;
  if (!dispatcher_.has_workers() && !dispatcher_.is_over() && !lost_workers_.empty()) {
    is_ended_by_loss_ = true;
    return end_with({ExitStatus::infrastructure, "no worker is left: " + lost_workers_.back() + what_follows,
                     parts_.folder.master_log()});
  }
  if (!dispatcher_.has_workers() && !dispatcher_.is_over() && first_init_failure_) {
    Ending ending{ExitStatus::failed, "init() failed in every worker: " + first_init_failure_->message,
                  parts_.folder.job_error()};
    end_with(ending);
  }
  if (!ending_ && dispatcher_.is_stuck(now))
    end_with({ExitStatus::failed, text_of_stuck(now), parts_.folder.job_result()});
  heed_time_limit(now);
}

/// What cannot be over before the batch system ends the job is not begun (SPEC 7.3).
void Master::heed_time_limit(TimePoint now) {
  parts_.time_limit.poll(now);
  const auto& limit = parts_.time_limit.limit();
  if (!limit || ending_ || dispatcher_.is_over() || now < next_limit_look_) return;
  next_limit_look_ = now + limit_look_interval;
  Duration longest{};
  for (const WorkerState& worker : workers_) longest = std::max(longest, worker.longest_run);
  const bool is_late = now >= limit->last_begin(longest) && dispatcher_.has_unbegun();
  if (!is_late && now < limit->deadline()) return;
  end_with({ExitStatus::interrupted, parts_.time_limit.text(longest), parts_.folder.job_result(), false,
            std::max(now, limit->deadline())});
}

std::string Master::text_of_stuck(TimePoint now) const {
  std::vector<StuckMiniBatch> stuck;
  const auto unix_now = std::chrono::system_clock::now().time_since_epoch();
  for (const OutMiniBatch& out : dispatcher_.out()) {
    const FilePlan::Items items = parts_.plan.items_of(out.mini_batch);
    const int rank = static_cast<int>(out.worker.value);
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(unix_now - (now - out.last_report));
    stuck.push_back({out.mini_batch,
                     items.count,
                     {std::string(items.paths.substr(0, items.paths.find('\0')))},
                     World::process_name(rank),
                     parts_.world.host_of(rank),
                     out.is_first ? since.count() : 0});
  }
  return stuck_text(stuck, parts_.config.parallel.progress_update_timeout_or_default());
}

/// No more work: the workers end their hosts, sync, and answer; the last tally rounds follow (SPEC 1.3).
void Master::close() {
  is_closing_ = true;
  protocol::Close close;
  close.is_healthy = !ending_ || !ending_->is_at_once;
  close.is_in_trouble = ending_ && ending_->is_in_trouble;
  close.limit_seconds = shutdown_limit_seconds;
  if (ending_ && !ending_->is_at_once)
    close.limit_seconds = std::max(0.1, seconds_of(ending_->deadline - Clock::now()));
  tell_all(Tag::close, protocol::plain_bytes(close));
  rounds_.hurry();
  const TimePoint deadline =
      Clock::now() + duration_of((close.is_healthy ? close.limit_seconds : 0) + answer_limit_seconds);
  bool is_trouble_told = close.is_in_trouble;
  while (!is_close_over()) {
    pass();
    if (ending_ && ending_->is_in_trouble && !is_trouble_told) {
      is_trouble_told = true;
      close.is_in_trouble = true;
      close.is_healthy = false;
      tell_all(Tag::close, protocol::plain_bytes(close));
    }
    if (Clock::now() > deadline) {
      abandon([](const WorkerState& worker) { return worker.is_closed; }, "did not end its script in time");
      break;
    }
  }
  give_back_all(Clock::now());
}

/// All workers are closed, and the last round has ended, if there can be one.
bool Master::is_close_over() {
  return is_cut_off_ ? is_all_closed() : rounds_.is_final();
}

void Master::look_for_losses(TimePoint now) {
  parts_.peers.look(now);
  for (const Loss& loss : parts_.peers.take_losses()) on_loss(loss, now);
}

/// What the worker held goes back. Where MPI can do without the rank the others go on; elsewhere this start ends, and
/// the next one goes on (SPEC 7.4).
void Master::on_loss(const Loss& loss, TimePoint now) {
  const WorkerId worker{static_cast<std::uint32_t>(loss.rank)};
  WorkerState& lost = state(worker);
  lost_workers_.push_back(name_of(loss.rank) + ": " + loss.how);
  lost.is_lost = lost.is_closed = true;
  lost.is_host_ready = false;
  lost.work = {};
  dispatcher_.on_worker_lost(worker, now, commands_);
  if (parts_.peers.can_go_on() && !loss.is_silent) {
    const std::string text =
        "rank lost: " + lost_workers_.back() + (living_workers() > 0 ? "; the others go on" : "; none is left");
    log().warn("{}", text);
    parts_.progress.clear();
    std::fprintf(stderr, "prs_mpi: warning: %s\n", text.c_str());
    rounds_.on_rank_lost(loss.rank);
    return give_share_away(lost);
  }
  is_cut_off_ = true;
  if (loss.is_silent) hung_workers_.push_back(worker.value);
  if (!ending_ || !ending_->is_at_once) is_ended_by_loss_ = true;
  end_with({ExitStatus::infrastructure, "a rank was lost: " + lost_workers_.back() + what_follows,
            parts_.folder.master_log()});
}

/// Names the workers that do not answer; without them there is no last round and no agreed end (SPEC 6.7).
void Master::abandon(const std::function<bool(const WorkerState&)>& has_answered, const std::string& what) {
  std::string silent;
  for (int rank = 1; rank < parts_.world.size(); ++rank) {
    const WorkerState& worker = workers_[static_cast<std::size_t>(rank)];
    if (worker.is_lost || has_answered(worker)) continue;
    silent += (silent.empty() ? "" : ", ") + World::process_name(rank) + " on " + parts_.world.host_of(rank);
    hung_workers_.push_back(static_cast<std::uint64_t>(rank));
    parts_.peers.declare_lost({rank, what, true});
  }
  if (silent.empty()) silent = "a rank";
  log().error("{} {}: is its host or file system hung? It is ended", silent, what);
  if (ending_)
    ending_->cause += "; then " + silent + " " + what;
  else
    ending_ = Ending{ExitStatus::infrastructure, silent + " " + what + ": is its host or file system hung?",
                     parts_.folder.master_log()};
}

/// What was out when the hosts were killed has no outcome; it goes back undequeued.
void Master::give_back_all(TimePoint now) {
  std::vector<std::vector<MiniBatchIndex>> held(workers_.size());
  for (const OutMiniBatch& out : dispatcher_.out()) held[out.worker.value].push_back(out.mini_batch);
  for (std::uint32_t rank = 1; rank < workers_.size(); ++rank)
    if (!held[rank].empty()) dispatcher_.on_given_back(WorkerId{rank}, held[rank], now, commands_);
}

}  // namespace prs
