#include "script/harvest.hpp"

#include <algorithm>

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

/// What the host reports of a try, as far as it can be true.
void fill_in(TryEnd& end, const ResultRecord& record, Duration host_life) {
  end.rows = record.rows;
  end.process_time = std::min<Duration>(record.process_time, std::max(host_life, Duration::zero()));
  end.run_time = std::min<Duration>(record.run_time, end.process_time);
  if (record.kind != RecordKind::result) return;
  end.status = static_cast<TryStatus>(record.status);
  end.columns = record.columns;
  end.failure = {std::string(record.category), std::string(record.message), std::string(record.detail)};
}

}  // namespace

bool Harvest::take(ScriptHost& host, TaskWindow& tasks, TimePoint now, std::vector<TryEnd>& ended) {
  has_more_ = false;
  if (is_paused_) return true;
  ResultRing& ring = host.ring();
  const std::uint64_t until = ring.read_bytes() + ring_bytes;
  ResultRecord record;
  ResultRing::Reading reading;
  while ((reading = ring.next(record)) == ResultRing::Reading::record) {
    if (!accept(record, host, tasks, now, ended)) {
      reading = ResultRing::Reading::broken;
      break;
    }
    if (record.kind == RecordKind::chunk) ring.release();
    has_more_ = ring.read_bytes() >= until;
    if (has_more_) break;
  }
  ring.release();
  return reading != ResultRing::Reading::broken;
}

/// False for what no host writes.
bool Harvest::accept(const ResultRecord& record, ScriptHost& host, TaskWindow& tasks, TimePoint now,
                     std::vector<TryEnd>& ended) {
  if (record.kind == RecordKind::returned) return !has_open_rows_ && tasks.accept_returned(record.sequence);
  if (tasks.sent_count() == 0) return false;
  if (record.kind != RecordKind::chunk) {
    if (record.sequence != tasks.first_sequence()) return false;
    if (record.kind == RecordKind::result && !can_be_reported(record.status)) return false;
  }
  if (!record.row_bytes.empty()) rows_.add(record.row_bytes);
  has_open_rows_ = record.kind == RecordKind::chunk;
  if (has_open_rows_) return true;
  fill_in(end_try(tasks.end(0), &host, now, ended), record, now - host.spawned());
  return true;
}

TryEnd& Harvest::end_try(HeldTask held, const ScriptHost* host, TimePoint now, std::vector<TryEnd>& ended) {
  has_open_rows_ = false;
  TryEnd& end = ended.emplace_back();
  end.items = held.items();
  end.task = std::move(held.task);
  end.stretch = rows_.end_try();
  end.given = held.given;
  end.ended = now;
  end.host_started_unix_nanoseconds = host != nullptr ? host->started_unix_nanoseconds() : 0;
  return end;
}

void Harvest::drop_open_rows() {
  if (has_open_rows_) rows_.end_try();
  has_open_rows_ = false;
}

}  // namespace prs
