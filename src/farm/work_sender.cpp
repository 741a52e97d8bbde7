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

void WorkSender::add(int rank, Task task) {
  note_news(static_cast<std::uint32_t>(rank));
  of(rank).work.tasks.push_back(std::move(task));
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
  std::erase_if(news_, [&](std::uint32_t rank) {
    if (!send_to(rank, is_prompt, now)) return false;
    workers_[rank].has_news = false;
    return true;
  });
}

/// False: only acknowledgements, which wait a little for a task to ride with.
bool WorkSender::send_to(std::uint32_t rank, bool is_prompt, TimePoint now) {
  Worker& worker = workers_[rank];
  for (;;) {
    const bool has_acknowledgements = worker.work.acknowledged != worker.told_acknowledged;
    const bool is_due = is_prompt || now - worker.last_sent > acknowledge_after;
    if (worker.work.tasks.empty() && !has_acknowledgements) return true;
    if (worker.work.tasks.empty() && !is_due) return false;
    const protocol::Work work = take_work(worker);
    worker.told_acknowledged = work.acknowledged;
    worker.last_sent = now;
    transport_.send(static_cast<int>(rank), Tag::work, protocol::to_bytes(work));
    transport_.expect_traffic(now);
    if (worker.work.tasks.empty()) return true;
  }
}

/// Numbers that are not acknowledged yet stay for the message that acknowledges them.
protocol::Work WorkSender::take_work(Worker& worker) {
  protocol::Work work;
  work.acknowledged = worker.work.acknowledged;
  work.tasks = protocol::take_first_tasks(worker.work.tasks, most_work_bytes);
  for (auto list : {&protocol::Work::dropped, &protocol::Work::overruled}) {
    auto& kept = worker.work.*list;
    const auto end = std::find_if(kept.begin(), kept.end(), [&](auto number) { return number >= work.acknowledged; });
    (work.*list).assign(kept.begin(), end);
    kept.erase(kept.begin(), end);
  }
  return work;
}

/// Who hears nothing for long takes the master for lost. Who has just been told something is passed over.
void WorkSender::send_beats(const std::function<bool(int rank)>& is_left_out, TimePoint now) {
  if (now < next_beats_) return;
  next_beats_ = now + protocol::beat_interval;
  for (std::size_t place = 1; place < workers_.size(); ++place) {
    const int rank = static_cast<int>(place);
    if (is_left_out(rank) || now - workers_[place].last_sent < protocol::beat_interval / 2) continue;
    workers_[place].last_sent = now;
    transport_.send(rank, Tag::beat);
  }
}

bool WorkSender::is_any_waiting(const std::function<bool(int rank)>& holds_for) const {
  return std::any_of(unacknowledged_.begin(), unacknowledged_.end(),
                     [&](const Unacknowledged& waiting) { return holds_for(static_cast<int>(waiting.rank)); });
}

}  // namespace prs
