// From the last hand-out on: the workers are closed, and what may have to wait for a disk goes on beside the loop.
#include <algorithm>

#include "farm/host_settings.hpp"
#include "farm/master.hpp"
#include "support/log.hpp"
#include "support/side_work.hpp"

namespace prs {
namespace {
using protocol::Busy;
using protocol::Tag;

constexpr double answer_limit_seconds = 10;    ///< for a worker's last writes and its answer, beyond its limit
constexpr double shutdown_limit_seconds = 30;  ///< for the scripts' shutdown()
constexpr auto silence = 3 * protocol::beat_interval;

}  // namespace

/// How long scripts may take for shutdown().
double Master::shutdown_seconds(TimePoint now) const {
  TimePoint end = now + duration_of(shutdown_limit_seconds);
  const auto& limit = parts_.time_limit.limit();
  if (ending_ && !ending_->is_at_once)
    end = ending_->deadline;
  else if (limit)
    end = std::min(end, limit->deadline());
  return std::max(0.1, seconds_of(end - now));
}

/// No more work: the workers end their hosts, sync, and answer; the last tally rounds follow (rule 1.3). A worker that
/// gives signs of life is waited for, however slow its disk is.
void Master::close() {
  is_closing_ = true;
  long_wait_ = {};
  protocol::Close close;
  close.farm = farm_;
  close.is_healthy = !ending_ || !ending_->is_at_once;
  close.is_in_trouble = ending_ && ending_->is_in_trouble;
  close.limit_seconds = shutdown_seconds(parts_.transport.now());
  tell_all(Tag::close, protocol::plain_bytes(close));
  rounds_->hurry();
  const TimePoint due =
      parts_.transport.now() + duration_of((close.is_healthy ? close.limit_seconds : 0) + answer_limit_seconds);
  while (!is_close_over() && !is_patience_over()) {
    pass();
    make_stricter(close);
    if (const TimePoint now = parts_.transport.now(); now > due && is_nobody_alive_unclosed(now)) {
      abandon_unclosed();
      break;
    }
  }
  is_forced_ = is_forced_ || !is_close_over();
  give_back_all(parts_.transport.now());
}

/// A second signal ends a shutdown() that lingers. Where nothing can be written any more, or a disk does not answer and
/// nobody wants to wait for it, the workers close without their last writes.
void Master::make_stricter(protocol::Close& close) {
  const bool is_hurried = patience_ != TimePoint::max();
  if (!is_forced_ && is_hurried && parts_.transport.now() > force_from_) {
    is_forced_ = true;
    log().warn("{}: not waited for any longer", long_wait_text());
  }
  const bool is_in_trouble = is_forced_ || (ending_ && ending_->is_in_trouble);
  const bool is_healthy = close.is_healthy && !is_hurried && !is_in_trouble;
  if (close.is_healthy == is_healthy && close.is_in_trouble == is_in_trouble) return;
  close.is_healthy = is_healthy;
  close.is_in_trouble = is_in_trouble;
  tell_all(Tag::close, protocol::plain_bytes(close));
}

/// All workers are closed, and the last round has ended, if there can be one.
bool Master::is_close_over() {
  return is_cut_off_ ? is_all_closed() : rounds_->is_final();
}

/// Whoever has not answered gives no sign either.
bool Master::is_nobody_alive_unclosed(TimePoint now) const {
  bool is_any_unclosed = false;
  for (int rank = 1; rank < parts_.world.size(); ++rank) {
    if (workers_[static_cast<std::size_t>(rank)].is_closed) continue;
    if (peers().silence_of(rank, now) < silence) return false;
    is_any_unclosed = true;
  }
  return is_any_unclosed;
}

/// Names the workers that do not answer; without them there is no last round and no agreed end (rule 6.7).
void Master::abandon_unclosed() {
  const std::string what = "did not end its script in time";
  std::string silent;
  for (int rank = 1; rank < parts_.world.size(); ++rank) {
    if (workers_[static_cast<std::size_t>(rank)].is_closed) continue;
    silent += (silent.empty() ? "" : ", ") + place_of(rank);
    note_hung(WorkerId{static_cast<std::uint32_t>(rank)});
    peers().declare_lost({rank, what, true});
  }
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

/// One turn of the loop where nothing is farmed any more.
void Master::turn(int also_wake_fd) {
  io_.wake_acknowledged();
  receive();
  const TimePoint now = parts_.transport.now();
  look_for_losses(now);
  look_for_stops(now);
  send_beats(now);
  step_round(now);
  say_long_wait(now);
  if (!is_finishing_) update_progress(now);
  rest(now, also_wake_fd);
}

bool Master::aside(const std::string& what, const std::function<void()>& work) {
  long_wait_ = {};
  SideWork side(work);
  aside_ = what;
  while (!side.is_over()) {
    turn(side.wake_fd());
    if (side.is_over() || !is_patience_over()) continue;
    is_forced_ = true;
    side.abandon();
    return false;
  }
  aside_.clear();
  side.rethrow();
  return true;
}

bool Master::sync_ledger() {
  ledger_.submit();
  io_.sync_soon();
  long_wait_ = {};
  aside_ = "writing the ledger";
  // A log that hangs would be waited for at the end, too, without an ear for signals.
  while (!io_.is_synced() || !io_.are_logs_written()) {
    if (is_patience_over()) {
      is_forced_ = true;
      return false;
    }
    turn();
  }
  aside_.clear();
  if (const auto failure = io_.failure()) throw InfrastructureError(*failure);
  return true;
}

bool Master::is_patience_over() const {
  return parts_.transport.now() > patience_;
}

/// What can take long now, and is waited for as long as everybody gives signs of life.
bool Master::is_long_wait() const {
  if (!aside_.empty()) return true;
  if (!share_of_) return is_closing_ || dispatcher_.is_paused();
  return std::any_of(workers_.begin() + 1, workers_.end(), [this](const WorkerState& worker) {
    return worker.share && (worker.busy == Busy::disk || is_share_stopped_);
  });
}

/// "process001 on node1 is still writing".
std::string Master::long_wait_text() const {
  const std::string here = "rank 0 on " + parts_.world.host_of(0);
  if (!aside_.empty()) return here + " is still " + aside_;
  if (!is_closing_) return here + " is still writing the ledger, and hands nothing out meanwhile";
  const bool is_ledger_behind = std::any_of(unacknowledged_.begin(), unacknowledged_.end(),
                                            [this](const auto& waiting) { return !workers_[waiting.rank].is_closed; });
  if (is_ledger_behind) return here + " is still writing the ledger";
  const auto is_waited_for = [this](const WorkerState& worker) {
    return share_of_ ? worker.share.has_value() : !worker.is_closed;
  };
  const auto first = std::find_if(workers_.begin() + 1, workers_.end(), is_waited_for);
  if (first == workers_.end()) return here + " waits for the last tally round";
  const auto others = std::count_if(first + 1, workers_.end(), is_waited_for);
  return place_of(static_cast<int>(first - workers_.begin())) +
         (others > 0 ? " and " + std::to_string(others) + " more are" : " is") +
         (first->busy == Busy::script ? " still ending the script" : " still writing");
}

void Master::say_long_wait(TimePoint now) {
  const auto text = long_wait_.look(is_long_wait(), now, [this] { return long_wait_text(); });
  if (!text) return;
  parts_.progress.clear();
  std::fprintf(stderr, "prs_mpi: %s\n", text->c_str());
}

}  // namespace prs
