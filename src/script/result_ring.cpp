#include "script/result_ring.hpp"

#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

template <typename Number>
Number number_at(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + 7) & ~std::size_t{7};
}

bool is_end_of_try(RecordKind kind) {
  return kind == RecordKind::done || kind == RecordKind::result;
}

}  // namespace

ResultRing::ResultRing(std::span<std::byte> shared_memory)
    : words_(reinterpret_cast<std::uint64_t*>(shared_memory.data())),
      ring_(reinterpret_cast<const char*>(shared_memory.data()) + control_bytes) {
  PRS_INVARIANT(shared_memory.size() == control_bytes + ring_bytes);
}

std::uint64_t ResultRing::load(ControlWord word, std::memory_order order) const {
  return std::atomic_ref<std::uint64_t>(words_[static_cast<std::size_t>(word)]).load(order);
}

void ResultRing::store(ControlWord word, std::uint64_t value) const {
  std::atomic_ref<std::uint64_t>(words_[static_cast<std::size_t>(word)]).store(value, std::memory_order_release);
}

ResultRing::Reading ResultRing::next(ResultRecord& record) {
  if (at_ == end_ && !is_frozen_) end_ = load(ControlWord::published);
  while (at_ != end_) {
    const std::uint64_t available = end_ - at_;
    if (available > ring_bytes - (at_ - released_) || available % 8 != 0) return Reading::broken;
    std::size_t total = 0;
    if (!parse(at_ % ring_bytes, available, record, total)) return Reading::broken;
    at_ += total;
    if (record.kind != RecordKind::pad) return Reading::record;
  }
  return Reading::nothing;
}

bool ResultRing::parse(std::size_t offset, std::uint64_t available, ResultRecord& record, std::size_t& total) const {
  const std::size_t room = std::min<std::uint64_t>(available, ring_bytes - offset);
  if (room < record_header_bytes) return false;
  const char* at = ring_ + offset;
  // Each number is read once: it may change under the reader's eyes.
  const std::size_t body_bytes = number_at<std::uint32_t>(at);
  record = {};
  record.kind = static_cast<RecordKind>(number_at<std::uint16_t>(at + 4));
  record.status = number_at<std::uint16_t>(at + 6);
  total = record_header_bytes + padded(body_bytes);
  if (total > room) return false;
  const std::string_view body(at + record_header_bytes, body_bytes);
  switch (record.kind) {
    case RecordKind::pad:
      return total == ring_bytes - offset;
    case RecordKind::chunk:
      record.row_bytes = body;
      return true;
    case RecordKind::returned:
      if (body_bytes != sizeof record.sequence) return false;
      record.sequence = number_at<std::uint64_t>(body.data());
      return true;
    case RecordKind::done:
    case RecordKind::result:
      break;
    default:
      return false;
  }
  if (body_bytes < done_body_bytes) return false;
  record.sequence = number_at<std::uint64_t>(body.data());
  record.rows = number_at<std::uint64_t>(body.data() + 8);
  record.process_nanoseconds = number_at<std::uint64_t>(body.data() + 16);
  record.run_nanoseconds = number_at<std::uint64_t>(body.data() + 24);
  if (record.kind == RecordKind::result) return parse_texts(body, record);
  record.row_bytes = body.substr(done_body_bytes);
  return true;
}

bool ResultRing::parse_texts(std::string_view body, ResultRecord& record) const {
  if (body.size() < result_body_bytes) return false;
  std::string_view rest = body.substr(result_body_bytes);
  std::size_t length_at = done_body_bytes;
  for (std::string_view* text : {&record.columns, &record.category, &record.message, &record.detail}) {
    const std::size_t length = number_at<std::uint32_t>(body.data() + length_at);
    length_at += sizeof(std::uint32_t);
    if (length > rest.size()) return false;
    *text = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  record.row_bytes = rest;
  return true;
}

void ResultRing::release() {
  if (released_ == at_) return;
  released_ = at_;
  store(ControlWord::consumed, at_);
}

std::uint64_t ResultRing::unread_bytes() const {
  return (is_frozen_ ? end_ : load(ControlWord::published)) - released_;
}

void ResultRing::stop_after_last_result() {
  const std::uint64_t start = at_;
  end_ = load(ControlWord::published);
  is_frozen_ = true;
  std::uint64_t last = start;
  ResultRecord record;
  while (next(record) == Reading::record)
    if (is_end_of_try(record.kind) || record.kind == RecordKind::returned) last = at_;
  at_ = start;
  end_ = last;
}

RunningNow ResultRing::running() const {
  const std::uint64_t running = load(ControlWord::running);
  const auto phase = static_cast<HostPhase>(running & 0xff);
  return {running >> 8, phase > HostPhase::running ? HostPhase::running : phase, load(ControlWord::phase_started)};
}

bool ResultRing::is_waiting_for_space() const {
  return load(ControlWord::host_waits) == static_cast<std::uint64_t>(HostWait::for_space);
}

RunningNow ResultRing::recall(std::uint64_t from, std::uint64_t to) {
  store(ControlWord::recall_from, from);
  store(ControlWord::recall_to, to);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return running();
}

}  // namespace prs
