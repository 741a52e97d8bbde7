#include "farm/work_sender.hpp"

#include <algorithm>
#include <utility>

namespace prs {
namespace {
using protocol::Tag;

constexpr std::chrono::milliseconds acknowledge_after{20};  ///< without a task to ride with
constexpr std::size_t most_work_bytes = 4 << 20;  ///< of paths in one message, where several mini-batches go together

}  // namespace

void WorkSender::note_news(std::uint32_t rank) {
  if (!std::exchange(workers_[rank].has_news, true)) news_.push_back(rank);
}

void WorkSender::note_later(std::uint32_t rank, TimePoint now) {
  if (!std::exchange(workers_[rank].is_later, true)) later_.push_back({now + acknowledge_after, rank});
}

void WorkSender::add(const HandOut& hand_out) {
  note_news(hand_out.worker.value);
  workers_[hand_out.worker.value].waiting.push_back(hand_out);
}

std::uint64_t WorkSender::note_outcome(int rank) {
  Worker& worker = of(rank);
  if (worker.outcomes == worker.ticketed) reporters_.push_back(static_cast<std::uint32_t>(rank));
  return worker.outcomes++;
}

void WorkSender::give_ticket(std::uint64_t ticket) {
  for (const std::uint32_t rank : reporters_) {
    workers_[rank].ticketed = workers_[rank].outcomes;
    unacknowledged_.push_back({ticket, rank, workers_[rank].outcomes});
  }
  reporters_.clear();
}

void WorkSender::send(std::uint64_t written, bool is_prompt, TimePoint now) {
  for (; !unacknowledged_.empty() && unacknowledged_.front().ticket <= written; unacknowledged_.pop_front()) {
    const Unacknowledged& written_now = unacknowledged_.front();
    workers_[written_now.rank].work.acknowledged = written_now.outcomes;
    note_news(written_now.rank);
  }
  for (; !later_.empty() && (is_prompt || later_.front().due <= now); later_.pop_front()) {
    workers_[later_.front().rank].is_later = false;
    note_news(later_.front().rank);
  }
  for (const std::uint32_t rank : news_) {
    workers_[rank].has_news = false;
    send_to(rank, is_prompt, now);
  }
  news_.clear();
}

/// Acknowledgements alone wait a little for a task to ride with. All waits for a worker that takes nothing.
void WorkSender::send_to(std::uint32_t rank, bool is_prompt, TimePoint now) {
  Worker& worker = workers_[rank];
  while (worker.has_anything()) {
    const bool is_urgent = is_prompt || !worker.waiting.empty() || now - worker.last_sent > acknowledge_after;
    if (!is_urgent || transport_.is_behind(static_cast<int>(rank))) return note_later(rank, now);
    const protocol::Work work = take_work(worker);
    worker.told_acknowledged = work.acknowledged;
    worker.last_sent = now;
    transport_.send(static_cast<int>(rank), Tag::work, protocol::to_bytes(work));
    transport_.expect_traffic(now);
  }
}

/// Numbers that are not acknowledged yet stay for the message that acknowledges them.
protocol::Work WorkSender::take_work(Worker& worker) {
  protocol::Work work;
  work.acknowledged = worker.work.acknowledged;
  take_tasks(worker.waiting, work.tasks);
  for (auto list : {&protocol::Work::dropped, &protocol::Work::overruled}) {
    auto& kept = worker.work.*list;
    const auto end = std::find_if(kept.begin(), kept.end(), [&](auto number) { return number >= work.acknowledged; });
    (work.*list).assign(kept.begin(), end);
    kept.erase(kept.begin(), end);
  }
  return work;
}

/// One at least, whatever its length: no message is much longer than it must be.
void WorkSender::take_tasks(std::vector<HandOut>& waiting, std::vector<Task>& tasks) {
  std::size_t bytes = 0;
  for (const HandOut& hand_out : waiting) {
    Task task = make_task_(hand_out);
    bytes += size_bytes(task.items);
    if (!tasks.empty() && bytes > most_work_bytes) break;
    tasks.push_back(std::move(task));
  }
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(tasks.size()));
}

/// Who hears nothing for long takes the master for lost. Who has just been told something is passed over, and so is who
/// has not taken that.
void WorkSender::send_beats(const std::function<bool(int rank)>& is_left_out, TimePoint now) {
  if (workers_.size() < 2) return;
  const Duration step = Duration(protocol::beat_interval) / (workers_.size() - 1);
  if (next_beat_ == TimePoint{}) next_beat_ = now + step;
  next_beat_ = std::max(next_beat_, now - protocol::beat_interval + step);  // after a pause of our own: each once
  for (; next_beat_ <= now; next_beat_ += step) {
    const std::size_t place = next_beat_place_++;
    if (next_beat_place_ == workers_.size()) next_beat_place_ = 1;
    const int rank = static_cast<int>(place);
    if (now - workers_[place].last_sent < protocol::beat_interval / 2 || is_left_out(rank)) continue;
    if (transport_.is_behind(rank)) continue;
    workers_[place].last_sent = now;
    transport_.send(rank, Tag::beat);
  }
}

void WorkSender::forget(int rank) {
  Worker& worker = of(rank);
  worker.waiting.clear();
  worker.work = {};
  worker.told_acknowledged = 0;
}

bool WorkSender::is_any_waiting(const std::function<bool(int rank)>& holds_for) const {
  return std::any_of(unacknowledged_.begin(), unacknowledged_.end(),
                     [&](const Unacknowledged& waiting) { return holds_for(static_cast<int>(waiting.rank)); });
}

}  // namespace prs
