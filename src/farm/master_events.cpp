// What ends the farm: trouble, signals, limits, lost workers; and what is waited for without a limit.
#include <algorithm>

#include "farm/master_loop.hpp"
#include "support/log.hpp"

namespace prs {
namespace {
using protocol::Busy;
using protocol::Tag;

constexpr const char* what_follows = "; what is done is kept, the same command goes on";

}  // namespace

void MasterLoop::end_with(Ending ending) {
  obey(endings_.end_with(std::move(ending)));
}

void MasterLoop::end_by_loss(const std::string& what) {
  is_ended_by_loss_ = true;
  end_with(
      {ExitStatus::infrastructure, what + ": " + std::string(last_loss()) + what_follows, parts_.folder.master_log()});
}

/// What follows from an ending that counts now.
void MasterLoop::obey(bool is_new_ending) {
  if (!is_new_ending) return;
  dispatcher_.stop();
  if (!is_stop_told_ && !endings_.is_at_once()) tell_all(Tag::stop);
  is_stop_told_ = true;
}

void MasterLoop::look_for_endings(TimePoint now) {
  look_for_trouble();
  look_for_stops(now);
  if (endings_.is_closing()) return;
  const bool is_nobody_left = !dispatcher_.has_workers() && !dispatcher_.is_over();
  if (is_nobody_left && !crew_.lost().empty()) return end_by_loss("no worker is left");
  if (is_nobody_left && first_init_failure_)
    end_with({ExitStatus::failed, "init() failed in every worker: " + first_init_failure_->message,
              parts_.folder.job_error()});
  if (!endings_.ending() && dispatcher_.is_stuck(now))
    end_with({ExitStatus::failed, text_of_stuck(now), parts_.folder.job_result()});
}

void MasterLoop::look_for_trouble() {
  const auto end = [this](const std::string& what, const std::string& look_into) {
    end_with({ExitStatus::infrastructure, what, look_into, true, now(), true});
  };
  if (const auto& loss = parts_.lease.loss()) end(*loss, parts_.folder.job_result());
  if (const auto failure = parts_.lease.failure())
    end("the lease on the run folder cannot be renewed: " + *failure, parts_.folder.master_log());
  if (const auto failure = parts_.io.failure()) end(*failure, parts_.folder.master_log());
}

/// Signals and the batch system's limit: heard from the first hand-out to the last report.
void MasterLoop::look_for_stops(TimePoint now) {
  if (const StopsAsked asked = parts_.transport.stops_asked(); asked.count > 0)
    obey(endings_.on_signal({asked.last, asked.count}, now));
  parts_.time_left.poll(now);
  const Endings::Remaining remaining{dispatcher_.is_over(), [this] { return dispatcher_.has_unbegun(); },
                                     [this] { return crew_.longest_run(); }};
  obey(endings_.on_time_limit(parts_.time_left, remaining, now));
  obey(endings_.look_for_interruption(now));
}

std::string MasterLoop::text_of_stuck(TimePoint now) const {
  std::vector<StuckMiniBatch> stuck;
  const auto unix_now = std::chrono::system_clock::now().time_since_epoch();
  for (const OutMiniBatch& out : dispatcher_.out()) {
    const MiniBatchItems items = parts_.plan.items_of(out.mini_batch);
    const int rank = static_cast<int>(out.worker.value);
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(unix_now - (now - out.last_report));
    stuck.push_back({out.mini_batch,
                     item_count(items),
                     {names_of(items).first},
                     World::process_name(rank),
                     parts_.world.host_of(rank),
                     out.is_first ? since.count() : 0});
  }
  return stuck_text(stuck, parts_.config.parallel.progress_update_timeout);
}

void MasterLoop::look_for_losses(TimePoint now) {
  for (const Loss& loss : peers().take_losses(now)) on_loss(loss, now);
}

/// What the worker held goes back. Where MPI can do without the rank the others go on; elsewhere this start ends, and
/// the next one goes on (rule 7.4).
void MasterLoop::on_loss(const Loss& loss, TimePoint now) {
  const bool can_go_on = peers().can_go_on() && !loss.is_silent;
  sender_.forget(loss.rank);
  if (loss.is_silent) crew_.note_hung(loss.rank);
  if (can_go_on) rounds().on_rank_lost(loss.rank);
  if (endings_.is_finishing()) {  // how the run has ended does not change any more
    log().warn("rank lost while the run ended: {}: {}", crew_.name_of(loss.rank), loss.how);
    return crew_.lose_unnamed(loss.rank);
  }
  crew_.lose(loss.rank, loss.how);
  // Where a loss ends the job, or the job has ended its scripts, the later ones are no script's doing.
  const bool is_suspicious = !is_cut_off_ && !endings_.is_at_once();
  dispatcher_.on_worker_lost(WorkerId{static_cast<std::uint32_t>(loss.rank)}, is_suspicious, now, commands_);
  if (can_go_on) {
    const std::string text =
        "rank lost: " + std::string(last_loss()) + (crew_.living() > 0 ? "; the others go on" : "; none is left");
    log().warn("{}", text);
    parts_.progress.clear();
    std::fprintf(stderr, "prs_mpi: warning: %s\n", text.c_str());
    return shares_.give_away(loss.rank);
  }
  is_cut_off_ = true;
  if (!endings_.is_at_once()) is_ended_by_loss_ = true;
  end_with({ExitStatus::infrastructure, "a rank was lost: " + std::string(last_loss()) + what_follows,
            parts_.folder.master_log()});
}

void MasterLoop::set_aside(const std::string& what) {
  aside_ = {what, {}};
}

/// What can take long now, and is waited for as long as everybody gives signs of life.
bool MasterLoop::is_long_wait() const {
  if (!aside_.what.empty()) return true;
  if (!shares_.is_going_on()) return endings_.is_closing() || dispatcher_.is_paused();
  return !shares_.is_idle() && (crew_.is_any_at_disk() || shares_.is_stopped());
}

/// "process001 on node1 is still writing".
std::string MasterLoop::long_wait_text() const {
  const std::string here = "rank 0 on " + parts_.world.host_of(0);
  if (!aside_.what.empty()) return here + " is still " + aside_.what;
  const bool is_surveying = shares_.is_going_on() && !endings_.is_closing();
  if (!endings_.is_closing() && !is_surveying)
    return here + " is still writing the ledger, and hands nothing out meanwhile";
  if (sender_.is_any_waiting([this](int rank) { return !crew_.member(rank).is_closed; }))
    return here + " is still writing the ledger";
  int first = 0, others = 0;
  for (int rank = 1; rank < crew_.ranks(); ++rank) {
    if (shares_.is_going_on() ? !shares_.has(rank) : crew_.member(rank).is_closed) continue;
    if (first == 0)
      first = rank;
    else
      ++others;
  }
  if (first == 0) return here + " waits for the last tally round";
  return crew_.place_of(first) + (others > 0 ? " and " + std::to_string(others) + " more are" : " is") +
         (is_surveying                               ? " still reading a table"
          : crew_.member(first).busy == Busy::script ? " still ending the script"
                                                     : " still writing");
}

void MasterLoop::say_long_wait(TimePoint now) {
  const auto text = aside_.wait.look(is_long_wait(), now, [this] { return long_wait_text(); });
  if (!text) return;
  parts_.progress.clear();
  std::fprintf(stderr, "prs_mpi: %s\n", text->c_str());
}

}  // namespace prs
