#include "script/result_ring.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "support/checksum.hpp"
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
  return (bytes + 15) & ~std::size_t{15};
}

/// A number that is too large for the clock, or negative, is 0 here.
std::chrono::nanoseconds time_at(const char* at) {
  return std::chrono::nanoseconds(std::max<std::int64_t>(number_at<std::int64_t>(at), 0));
}

bool is_end_of_try(RecordKind kind) {
  return kind == RecordKind::done || kind == RecordKind::result;
}

}  // namespace

std::uint64_t record_check(RecordKind kind, std::uint16_t status, std::uint64_t place, std::string_view body) {
  const auto start = static_cast<std::uint32_t>(place);
  if (kind == RecordKind::done && body.size() >= done_body_bytes)
    return crc32_of(body.substr(done_body_bytes), start) ^ number_at<std::uint64_t>(body.data() + 8);
  const std::uint64_t words = std::uint64_t{static_cast<std::uint16_t>(kind)} << 32 | std::uint64_t{status} << 48;
  return crc32_of(kind == RecordKind::pad ? std::string_view() : body, start) ^ words;
}

ResultRing::ResultRing(std::span<std::byte> shared_memory)
    : words_(reinterpret_cast<std::uint64_t*>(shared_memory.data())),
      ring_(reinterpret_cast<const char*>(shared_memory.data()) + control_bytes,
            shared_memory.size() - std::min(shared_memory.size(), control_bytes)) {
  PRS_INVARIANT(std::has_single_bit(ring_.size()) && ring_.size() >= record_header_bytes);
}

std::uint64_t ResultRing::load(ControlWord word) const {
  return std::atomic_ref<std::uint64_t>(words_[static_cast<std::size_t>(word)]).load(std::memory_order_acquire);
}

void ResultRing::store(ControlWord word, std::uint64_t value) const {
  std::atomic_ref<std::uint64_t>(words_[static_cast<std::size_t>(word)]).store(value, std::memory_order_release);
}

ResultRing::Reading ResultRing::next(ResultRecord& record) {
  if (at_ == end_ && !is_frozen_) end_ = load(ControlWord::published);
  while (at_ != end_) {
    const std::uint64_t available = end_ - at_;
    if (available > ring_.size() - (at_ - released_) || available % record_header_bytes != 0) return Reading::broken;
    const std::size_t taken = take(available, record);
    if (taken == 0) return Reading::broken;
    at_ += taken;
    if (record.kind != RecordKind::pad) return Reading::record;
  }
  return Reading::nothing;
}

/// Bytes of the record at the front; 0 where there is none that the host wrote. The memory may change under the
/// reader's eyes: each byte is read once, and what is looked at is the copy.
std::size_t ResultRing::take(std::uint64_t available, ResultRecord& record) {
  const std::size_t offset = at_ % ring_.size();
  const std::size_t room = std::min<std::uint64_t>(available, ring_.size() - offset);
  if (room < record_header_bytes) return 0;
  std::array<char, record_header_bytes> header;
  const char* const at = ring_.data() + offset;
  std::memcpy(header.data(), at, header.size());
  const std::size_t body_bytes = number_at<std::uint32_t>(header.data());
  record = {};
  record.kind = static_cast<RecordKind>(number_at<std::uint16_t>(header.data() + 4));
  record.status = number_at<std::uint16_t>(header.data() + 6);
  const std::size_t total = record_header_bytes + padded(body_bytes);
  const bool is_pad = record.kind == RecordKind::pad;
  if (total > room || (is_pad && total != ring_.size() - offset)) return 0;
  body_.assign(at + record_header_bytes, is_pad ? 0 : body_bytes);
  if (number_at<std::uint64_t>(header.data() + 8) != record_check(record.kind, record.status, at_, body_)) return 0;
  return is_pad || parse(body_, record) ? total : 0;
}

bool ResultRing::parse(std::string_view body, ResultRecord& record) const {
  switch (record.kind) {
    case RecordKind::chunk:
      record.row_bytes = body;
      return true;
    case RecordKind::returned:
      if (body.size() != sizeof record.sequence) return false;
      record.sequence = number_at<std::uint64_t>(body.data());
      return true;
    case RecordKind::done:
    case RecordKind::result:
      break;
    default:
      return false;
  }
  if (body.size() < done_body_bytes) return false;
  record.sequence = number_at<std::uint64_t>(body.data());
  record.rows = std::min(number_at<std::uint64_t>(body.data() + 8), most_rows);
  record.process_time = time_at(body.data() + 16);
  record.run_time = time_at(body.data() + 24);
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

std::uint64_t ResultRing::blocked_nanoseconds(TimePoint now) const {
  const std::uint64_t waits_since = load(ControlWord::host_waits);
  const auto time = static_cast<std::uint64_t>(nanoseconds_of(now));
  return load(ControlWord::blocked) + (waits_since == 0 || waits_since > time ? 0 : time - waits_since);
}

RunningNow ResultRing::recall(std::uint64_t from, std::uint64_t to) {
  store(ControlWord::recall_from, from);
  store(ControlWord::recall_to, to);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return running();
}

}  // namespace prs
