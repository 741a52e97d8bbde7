#include "benchmarks/farm/virtual_workers.hpp"

#include <algorithm>
#include <utility>

namespace prs {
namespace {
using protocol::Tag;

constexpr std::chrono::microseconds shortest_nap{50};
constexpr std::chrono::milliseconds longest_nap{10};

}  // namespace

VirtualWorkers::VirtualWorkers(int ranks, const VirtualRuns& runs)
    : runs_(runs), workers_(static_cast<std::size_t>(ranks)) {}

void VirtualWorkers::add(TimePoint at, Kind kind, int rank, std::uint32_t slot) {
  events_.push({at, made_++, kind, rank, slot});
}

std::uint32_t VirtualWorkers::keep(Tag tag, std::string bytes) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  messages_[slot] = {tag, std::move(bytes)};
  return slot;
}

VirtualWorkers::Message VirtualWorkers::take(std::uint32_t slot) {
  free_slots_.push_back(slot);
  return std::exchange(messages_[slot], {});
}

void VirtualWorkers::deliver(int rank, Tag tag, std::string bytes, TimePoint now) {
  add(now + runs_.latency, Kind::letter_to_worker, rank, keep(tag, std::move(bytes)));
}

void VirtualWorkers::say(int rank, Tag tag, std::string bytes, TimePoint now) {
  of(rank).last_sent = now;
  add(now + runs_.latency, Kind::letter_to_master, rank, keep(tag, std::move(bytes)));
}

void VirtualWorkers::advance(TimePoint until, std::vector<Letter>& letters) {
  while (!events_.empty() && events_.top().at <= until) {
    const Event event = events_.top();
    events_.pop();
    perform(event, letters);
  }
}

void VirtualWorkers::perform(const Event& event, std::vector<Letter>& letters) {
  switch (event.kind) {
    case Kind::letter_to_worker:
      return on_message(event.rank, take(event.slot), event.at);
    case Kind::letter_to_master: {
      Message message = take(event.slot);
      letters.push_back({event.rank, message.tag, std::move(message.bytes)});
      return;
    }
    case Kind::host_ready: {
      Worker& worker = of(event.rank);
      worker.is_ready = true;
      worker.ready_at = worker.idle_since = event.at;
      say(event.rank, Tag::host_state, protocol::plain_bytes(true), event.at);
      return report(event.rank, event.at);
    }
    case Kind::run_over:
      return on_run_over(event.rank, event.at);
    case Kind::report_due:
      return report(event.rank, event.at);
    case Kind::beat_due:
      return beat(event.rank, event.at);
  }
}

void VirtualWorkers::on_message(int rank, const Message& message, TimePoint now) {
  switch (message.tag) {
    case Tag::open:
      add(now + protocol::beat_interval, Kind::beat_due, rank);
      return add(now + std::uniform_int_distribution<Duration::rep>(0, runs_.start.count())(random_) * Duration(1),
                 Kind::host_ready, rank);
    case Tag::work:
      return on_work(rank, message.bytes, now);
    case Tag::call_back:
      return give_back(rank, protocol::plain_value<protocol::CallBack>(message.bytes).keep, now);
    case Tag::close:
      of(rank).is_ready = false;
      return say(rank, Tag::closed, protocol::plain_bytes(protocol::Closed()), now);
    default:
      return;
  }
}

/// A rank has no descriptor that a message ends its nap by; naps grow with the time since there was something.
TimePoint VirtualWorkers::seen_at(const Worker& worker, TimePoint arrival) const {
  return arrival + std::clamp<Duration>((arrival - worker.idle_since) / 4, shortest_nap, longest_nap);
}

void VirtualWorkers::on_work(int rank, const std::string& bytes, TimePoint now) {
  Worker& worker = of(rank);
  const bool was_idle = worker.held.empty();
  for (const Task& task : protocol::work_of(bytes).tasks) worker.held.push_back({task.mini_batch, task.dequeue_count});
  if (was_idle && !worker.held.empty()) begin_run(rank, seen_at(worker, now));
}

void VirtualWorkers::give_back(int rank, std::uint32_t keep, TimePoint now) {
  Worker& worker = of(rank);
  std::vector<MiniBatchIndex> back;
  for (; worker.held.size() > keep; worker.held.pop_back()) back.push_back(worker.held.back().mini_batch);
  say(rank, Tag::given_back, protocol::to_bytes(back), now);
}

void VirtualWorkers::begin_run(int rank, TimePoint now) {
  Worker& worker = of(rank);
  end_idleness(worker, now);
  const double factor = std::uniform_real_distribution<double>(1 - runs_.spread, 1 + runs_.spread)(random_);
  worker.current = std::chrono::duration_cast<Duration>(runs_.run * factor);
  add(now + worker.current, Kind::run_over, rank);
}

void VirtualWorkers::end_idleness(Worker& worker, TimePoint now) {
  worker.idle += std::max(Duration{}, std::min(now, window_end_) - worker.idle_since);
}

/// A report takes with it what has ended during the nap before it.
void VirtualWorkers::on_run_over(int rank, TimePoint now) {
  Worker& worker = of(rank);
  ++ended_;
  worker.mean.add(worker.current);
  protocol::ReportedOutcome& ended = worker.ended.emplace_back();
  ended.outcome.mini_batch = worker.held.front().mini_batch;
  ended.outcome.dequeue_count = worker.held.front().dequeue_count;
  ended.outcome.items = ended.outcome.succeeded = 1;
  ended.outcome.rows = 1;
  worker.held.erase(worker.held.begin());
  worker.idle_since = now;
  if (!worker.held.empty()) begin_run(rank, now);
  if (std::exchange(worker.is_report_due, true)) return;
  const Duration nap = nap_while_held(worker.mean.value(), worker.held.size());
  add(std::max(now, worker.last_report + nap), Kind::report_due, rank);
}

void VirtualWorkers::report(int rank, TimePoint now) {
  Worker& worker = of(rank);
  worker.is_report_due = false;
  worker.last_report = now;
  protocol::Report report;
  report.credit = 2;
  if (worker.mean.is_known()) {
    report.credit = lookahead_for(worker.mean.value()).credit;
    report.mean_run_nanoseconds = std::chrono::nanoseconds(worker.mean.value()).count();
  }
  report.outcomes = std::exchange(worker.ended, {});
  say(rank, Tag::report, protocol::to_bytes(report), now);
}

void VirtualWorkers::beat(int rank, TimePoint now) {
  if (window_end_ != TimePoint::max()) return;
  Worker& worker = of(rank);
  if (now - worker.last_sent >= protocol::beat_interval)
    say(rank, Tag::beat, protocol::plain_bytes(protocol::Busy::no), now);
  add(worker.last_sent + protocol::beat_interval, Kind::beat_due, rank);
}

void VirtualWorkers::close_window(TimePoint end) {
  window_end_ = end;
  for (Worker& worker : workers_)
    if (worker.is_ready && worker.held.empty()) end_idleness(worker, end);
}

VirtualIdleness VirtualWorkers::idleness() const {
  VirtualIdleness found;
  double idle = 0, all = 0;
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    const double time = seconds_of(window_end_ - workers_[rank].ready_at);
    if (time <= 0) continue;
    idle += seconds_of(workers_[rank].idle);
    all += time;
    found.worst = std::max(found.worst, seconds_of(workers_[rank].idle) / time);
  }
  found.mean = all > 0 ? idle / all : 0;
  found.ended = ended_;
  return found;
}

}  // namespace prs
