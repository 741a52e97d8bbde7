// What ends the farm: signals, limits, trouble, lost workers; and how it is closed.
#include <algorithm>

#include "cluster/launched.hpp"
#include "farm/host_settings.hpp"
#include "farm/master.hpp"
#include "support/log.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {
using protocol::Tag;

/// After a second signal: for the workers' last writes, and for the reports.
constexpr std::chrono::seconds at_once_limit{6};
constexpr std::chrono::milliseconds limit_look_interval{100};  ///< each look goes over all workers

}  // namespace

void Master::end_with(Ending ending) {
  if (is_finishing_) return log().warn("while the run ended: {}", ending.cause);
  if (ending_ && (ending_->is_at_once || !ending.is_at_once)) {
    // Nothing can be written: that holds whatever ended the farm before.
    ending_->is_in_trouble = ending_->is_in_trouble || ending.is_in_trouble;
    ending_->deadline = std::min(ending_->deadline, ending.deadline);
    return;
  }
  log().warn("the run ends early: {}", ending.cause);
  dispatcher_.stop();
  if (ending_) ending.cause = ending_->cause + "; then " + ending.cause;
  ending_ = std::move(ending);
  if (!is_stop_told_ && !ending_->is_at_once) tell_all(Tag::stop);
  is_stop_told_ = true;
}

/// The first signal lets running tries finish, and the rows be put together, within the grace period; a second one of
/// the same rank does not (rule 7.3).
void Master::on_signal(const protocol::Signal& signal, TimePoint now) {
  if (signal.count <= signals_) return;
  signals_ = signal.count;
  // The launcher passes every signal on as SIGUSR1, and has said which one it was.
  const std::string name = launcher_result_file().empty() ? signal_name(signal.number) : "a signal";
  const bool is_at_once = signals_ > 1;
  const std::string cause = is_at_once ? "stopped at once by a second signal" : "stopped by " + name;
  const Duration grace = duration_of(grace_seconds_after(signal.number, parts_.config.parallel.grace_period));
  if (is_finishing_) log().warn("{}: the run is over, its reports are written", cause);
  if (is_at_once) hurry(cause, now, now + at_once_limit);
  if (is_closing_) return interrupt_at(is_at_once ? now : now + grace, cause);
  end_with({ExitStatus::interrupted, cause, parts_.folder.job_result(), is_at_once, now + grace});
}

/// The earliest counts. Once the output gets its name there is nothing left to interrupt.
void Master::interrupt_at(TimePoint deadline, std::string cause) {
  if (is_finishing_ || ending_ || (interruption_ && interruption_->deadline <= deadline)) return;
  if (interruption_) cause = interruption_->cause + "; then " + cause;
  log().warn("{}: the rows are put together for {:.1f} s at most", cause,
             std::max(0.0, seconds_of(deadline - parts_.transport.now())));
  interruption_ = Interruption{std::move(cause), deadline};
}

/// From now on a disk that does not answer is waited for until `until` at most.
void Master::hurry(const std::string& cause, TimePoint now, TimePoint until) {
  if (patience_ <= until) return;
  log().warn("{}: no disk is waited for longer than {:.1f} s", cause, std::max(0.0, seconds_of(until - now)));
  hurry_cause_ = cause;
  force_from_ = now + (until - now) / 2;
  patience_ = until;
}

void Master::look_for_endings(TimePoint now) {
  look_for_trouble(now);
  look_for_stops(now);
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
}

void Master::look_for_trouble(TimePoint now) {
  if (const auto& loss = parts_.lease.loss())
    end_with({ExitStatus::infrastructure, *loss, parts_.folder.job_result(), true, now, true});
  if (const auto failure = parts_.lease.failure())
    end_with({ExitStatus::infrastructure, "the lease on the run folder cannot be renewed: " + *failure,
              parts_.folder.master_log(), true, now, true});
  if (const auto failure = io_.failure())
    end_with({ExitStatus::infrastructure, *failure, parts_.folder.master_log(), true, now, true});
}

/// Signals and the batch system's limit: heard from the first hand-out to the last report.
void Master::look_for_stops(TimePoint now) {
  if (const StopsAsked asked = parts_.transport.stops_asked(); asked.count > 0)
    on_signal({asked.last, asked.count}, now);
  heed_time_limit(now);
  if (is_closing_ && !is_finishing_ && interruption_ && now >= interruption_->deadline)
    end_with({ExitStatus::interrupted, interruption_->cause + "; the rows are not put together yet",
              parts_.folder.job_result()});
}

/// What cannot be over before the batch system ends the job is not begun, or not gone on with (rule 7.3).
void Master::heed_time_limit(TimePoint now) {
  parts_.time_limit.poll(now);
  const auto& limit = parts_.time_limit.limit();
  if (!limit) return;
  if (const TimePoint last = limit->last_moment(); now >= last)
    hurry(parts_.time_limit.text(), now, std::max(now, last + (limit->end() - last) / 2));
  if (ending_ || (!is_closing_ && dispatcher_.is_over())) return;
  if (is_closing_) {
    if (now >= limit->deadline()) interrupt_at(limit->deadline(), parts_.time_limit.text());
    return;
  }
  if (now < next_limit_look_) return;
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
  return stuck_text(stuck, parts_.config.parallel.progress_update_timeout);
}

void Master::look_for_losses(TimePoint now) {
  for (const Loss& loss : peers().take_losses(now)) on_loss(loss, now);
}

void Master::note_hung(WorkerId worker) {
  if (std::find(hung_workers_.begin(), hung_workers_.end(), worker.value) == hung_workers_.end())
    hung_workers_.push_back(worker.value);
}

/// What the worker held goes back. Where MPI can do without the rank the others go on; elsewhere this start ends, and
/// the next one goes on (rule 7.4).
void Master::on_loss(const Loss& loss, TimePoint now) {
  const WorkerId worker{static_cast<std::uint32_t>(loss.rank)};
  WorkerState& lost = state(worker);
  lost.is_lost = lost.is_closed = true;
  lost.is_host_ready = false;
  lost.work = {};
  if (loss.is_silent) note_hung(worker);
  const bool can_go_on = peers().can_go_on() && !loss.is_silent;
  if (can_go_on) rounds_->on_rank_lost(loss.rank, now);
  if (is_finishing_) {  // how the run has ended does not change any more
    log().warn("rank lost while the run ended: {}: {}", name_of(loss.rank), loss.how);
    return;
  }
  lost_workers_.push_back(name_of(loss.rank) + ": " + loss.how);
  dispatcher_.hold_suspects(rounds_->is_mending(), commands_);
  // Where a loss ends the job, or the job has ended its scripts, the later ones are no script's doing.
  const bool is_suspicious = !is_cut_off_ && !(ending_ && ending_->is_at_once);
  dispatcher_.on_worker_lost(worker, is_suspicious, now, commands_);
  if (can_go_on) {
    const std::string text =
        "rank lost: " + lost_workers_.back() + (living_workers() > 0 ? "; the others go on" : "; none is left");
    log().warn("{}", text);
    parts_.progress.clear();
    std::fprintf(stderr, "prs_mpi: warning: %s\n", text.c_str());
    return give_share_away(lost);
  }
  is_cut_off_ = true;
  if (!ending_ || !ending_->is_at_once) is_ended_by_loss_ = true;
  end_with({ExitStatus::infrastructure, "a rank was lost: " + lost_workers_.back() + what_follows,
            parts_.folder.master_log()});
}

}  // namespace prs
