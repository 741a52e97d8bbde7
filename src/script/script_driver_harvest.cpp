#include <algorithm>

#include "script/script_driver_state.hpp"

namespace prs {
namespace {

bool can_be_reported(std::uint16_t status) {
  switch (static_cast<TryStatus>(status)) {
    case TryStatus::run_done:
    case TryStatus::run_exception:
    case TryStatus::load_exception:
    case TryStatus::bad_return:
      return true;
    default:
      return false;
  }
}

}  // namespace

/// Takes what the host has published, at most a ring full: one that publishes faster than is read must neither keep the
/// worker here nor get past is_paused. A TryEnd stands in `events` before the first rows of the next try are handed on.
void ScriptDriver::State::harvest(TimePoint now, Events& events) {
  has_more_to_harvest = false;
  if (is_paused) return;
  const std::uint64_t until = host->ring.read_bytes() + ring_bytes;
  ResultRecord record;
  ResultRing::Reading reading;
  while ((reading = host->ring.next(record)) == ResultRing::Reading::record) {
    if (!accept_record(record, now, events)) {
      reading = ResultRing::Reading::broken;
      break;
    }
    if (record.kind == RecordKind::chunk) host->ring.release();
    has_more_to_harvest = host->ring.read_bytes() >= until;
    if (has_more_to_harvest) break;
  }
  host->ring.release();
  if (reading == ResultRing::Reading::broken) stop(StopReason::broken_answer, now);
  tell_space();
}

/// False for what no host writes.
bool ScriptDriver::State::accept_record(const ResultRecord& record, TimePoint now, Events& events) {
  if (record.kind == RecordKind::returned) return accept_returned(record.sequence);
  if (sent.empty()) return false;
  if (record.kind != RecordKind::chunk) {
    if (record.sequence != sent.front().sequence) return false;
    if (record.kind == RecordKind::result && !can_be_reported(record.status)) return false;
  }
  if (!record.row_bytes.empty()) rows.add(record.row_bytes);
  host->has_open_rows = record.kind == RecordKind::chunk;
  if (record.kind != RecordKind::chunk) end_try(record, now, events);
  return true;
}

void ScriptDriver::State::end_try(const ResultRecord& record, TimePoint now, Events& events) {
  HeldTask& held = sent.front();
  TryEnd& end = events.ended.emplace_back();
  end.items = held.task.item_count;
  end.task = std::move(held.task);
  end.rows = record.rows;
  end.stretch = rows.end_try();
  end.given = held.given;
  end.ended = now;
  end.process_time = std::min<Duration>(record.process_time, std::max(now - host->spawned, Duration::zero()));
  end.run_time = std::min<Duration>(record.run_time, end.process_time);
  end.host_started_unix_nanoseconds = host->started_unix_nanoseconds;
  if (record.kind == RecordKind::result) {
    end.status = static_cast<TryStatus>(record.status);
    end.columns = record.columns;
    end.failure = {std::string(record.category), std::string(record.message), std::string(record.detail)};
  }
  if (record.sequence + 1 >= host->recall_to) host->recall_to = 0;
  sent.pop_front();
  ++ended_count;
  host->has_started_task = true;
  init_failures_in_row = 0;
  note_end_of_try();
}

void ScriptDriver::State::note_end_of_try() {
  uncharged_deaths_in_row = 0;
  careful_tasks -= std::min<std::size_t>(careful_tasks, 1);
}

/// A recalled task that the host did not start. Where the driver could not be sure it kept it; then it is sent again.
bool ScriptDriver::State::accept_returned(std::uint64_t sequence) {
  if (host->recall_to == 0 || sequence < host->recall_from || sequence >= host->recall_to || host->has_open_rows)
    return false;
  if (host->tasks_sent > 0) --host->tasks_sent;
  if (!sent.empty() && sent.front().sequence == sequence) {
    waiting.push_front(std::move(sent.front()));
    sent.pop_front();
  } else if (is_with_host(sequence)) {
    return false;
  }
  if (sequence + 1 == host->recall_to) host->recall_to = 0;
  return true;
}

/// A host that found the ring full sleeps until it is told. Once for each place that it can be stuck at: with half of
/// the ring free any record fits.
void ScriptDriver::State::tell_space() {
  if (!host->ring.is_waiting_for_space() || host->ring.unread_bytes() > ring_bytes / 2) return;
  const std::uint64_t place = host->ring.published_bytes();
  if (place == host->space_told_at) return;
  host->channel.queue_frame(FrameType::space, {});
  host->space_told_at = place;
}

}  // namespace prs
