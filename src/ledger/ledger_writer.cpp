#include <algorithm>
#include <filesystem>
#include <random>

#include "ledger/format.hpp"
#include "ledger/ledger.hpp"
#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace format = ledger_format;
using format::RecordType;

std::uint64_t random_nonce() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

bool is_inside_character(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

/// At most `limit` bytes of a text: its beginning and, for most of it, its end, since a traceback names the error
/// there.
std::string shortened(std::string_view text, std::size_t limit) {
  constexpr std::string_view gap = " [...] ";
  if (text.size() <= limit) return std::string(text);
  std::size_t head = (limit - gap.size()) / 4;
  std::size_t tail = text.size() - (limit - gap.size() - head);
  for (int i = 0; i < 3 && head > 0 && is_inside_character(text, head); ++i) --head;
  for (int i = 0; i < 3 && is_inside_character(text, tail); ++i) ++tail;
  std::string kept(text.substr(0, head));
  kept += gap;
  kept += text.substr(tail);
  return kept;
}

std::string header_payload(const SegmentHeader& header) {
  std::string payload(format::header::fixed_bytes, '\0');
  put_little_endian<4>(payload.data() + format::header::start_at, header.start);
  put_little_endian<4>(payload.data() + format::header::first_part_at, header.first_part);
  put_little_endian<8>(payload.data() + format::header::plan_fingerprint_at, header.plan_fingerprint);
  put_little_endian<8>(payload.data() + format::header::mini_batches_at, header.mini_batches);
  for (const std::uint64_t end : header.earlier_segment_bytes) append_little_endian<8>(payload, end);
  return payload;
}

}  // namespace

LedgerWriter::LedgerWriter(IoThread& io, const std::string& path, const SegmentHeader& header)
    : LedgerWriter(io, path, header, random_nonce()) {}

LedgerWriter::LedgerWriter(IoThread& io, const std::string& path, const SegmentHeader& header, std::uint64_t nonce)
    : io_(io), file_(io.create(path)), nonce_(nonce) {
  // The name must survive a power cut too, or the records' own sync would be worth nothing.
  sync_folder(std::filesystem::absolute(path).parent_path().string());
  gathered_ = format::magic;
  append_little_endian<4>(gathered_, format::version);
  append_little_endian<8>(gathered_, nonce_);
  offset_bytes_ = gathered_.size();
  add(static_cast<std::uint8_t>(RecordType::header), header_payload(header));
  submit();
}

void LedgerWriter::add(std::uint8_t type, std::string_view payload) {
  PRS_INVARIANT(payload.size() <= format::largest_payload_bytes);
  char seed_and_kind[format::seed_bytes + 4];
  put_little_endian<8>(seed_and_kind, nonce_);
  put_little_endian<8>(seed_and_kind + 8, offset_bytes_);
  put_little_endian<1>(seed_and_kind + format::seed_bytes, type);
  put_little_endian<3>(seed_and_kind + format::seed_bytes + 1, payload.size());
  checked_.assign(seed_and_kind, sizeof seed_and_kind);
  checked_ += payload;
  append_little_endian<4>(gathered_, checksum_of(checked_));
  gathered_.append(checked_, format::seed_bytes);
  offset_bytes_ += format::frame_bytes + payload.size();
}

void LedgerWriter::outcome(const Outcome& outcome, ErrorId error) {
  namespace field = format::outcome;
  // A part is our own file; a script's row count is not ours to trust, so that one is kept as large as it fits.
  PRS_INVARIANT(outcome.stretch.offset_bytes <= format::largest_u48);
  PRS_INVARIANT(outcome.stretch.length_bytes <= format::largest_u48);
  char payload[field::bytes];
  put_little_endian<8>(payload + field::mini_batch_at, outcome.mini_batch.value);
  put_little_endian<4>(payload + field::dequeue_count_at, outcome.dequeue_count);
  put_little_endian<4>(payload + field::items_at, outcome.items);
  put_little_endian<4>(payload + field::succeeded_at, outcome.succeeded);
  put_little_endian<4>(payload + field::part_at, outcome.stretch.part);
  put_little_endian<4>(payload + field::error_at, error);
  put_little_endian<1>(payload + field::status_at, static_cast<std::uint8_t>(outcome.status));
  put_little_endian<1>(payload + field::zero_at, 0);
  put_little_endian<6>(payload + field::rows_at, std::min(outcome.rows, format::largest_u48));
  put_little_endian<6>(payload + field::offset_at, outcome.stretch.offset_bytes);
  put_little_endian<6>(payload + field::length_at, outcome.stretch.length_bytes);
  put_little_endian<8>(payload + field::stretch_checksum_at, outcome.stretch.checksum);
  add(static_cast<std::uint8_t>(RecordType::outcome), {payload, sizeof payload});
}

void LedgerWriter::error_text(ErrorId error, const Failure& failure) {
  namespace field = format::error_text;
  const std::string category = shortened(failure.category, field::longest_category_bytes);
  const std::string message = shortened(failure.message, field::longest_message_bytes);
  std::string payload(field::fixed_bytes, '\0');
  put_little_endian<4>(payload.data() + field::error_at, error);
  put_little_endian<2>(payload.data() + field::category_size_at, category.size());
  put_little_endian<2>(payload.data() + field::message_size_at, message.size());
  payload += category + message + shortened(failure.detail, field::longest_detail_bytes);
  add(static_cast<std::uint8_t>(RecordType::error_text), payload);
}

void LedgerWriter::columns(std::string_view header_line) {
  add(static_cast<std::uint8_t>(RecordType::columns), header_line);
}

void LedgerWriter::building(const BuildingStart& start) {
  std::string payload(format::building::fixed_bytes, '\0');
  put_little_endian<8>(payload.data() + format::building::layout_at, start.layout);
  put_little_endian<2>(payload.data() + format::building::lease_size_at, start.lease.size());
  payload += start.lease;
  payload += start.first_lease;
  add(static_cast<std::uint8_t>(RecordType::building), payload);
}

void LedgerWriter::written(ByteRange range) {
  PRS_INVARIANT(range.begin <= range.end);
  char payload[format::written::bytes];
  put_little_endian<8>(payload + format::written::begin_at, range.begin);
  put_little_endian<8>(payload + format::written::end_at, range.end);
  add(static_cast<std::uint8_t>(RecordType::written), {payload, sizeof payload});
}

void LedgerWriter::finishing(std::uint64_t length_bytes, std::uint64_t layout) {
  char payload[format::finishing::bytes];
  put_little_endian<8>(payload + format::finishing::length_at, length_bytes);
  put_little_endian<8>(payload + format::finishing::layout_at, layout);
  add(static_cast<std::uint8_t>(RecordType::finishing), {payload, sizeof payload});
}

void LedgerWriter::named(const FileStamp& stamp) {
  char payload[format::named::bytes];
  put_little_endian<8>(payload + format::named::length_at, stamp.length_bytes);
  put_little_endian<8>(payload + format::named::inode_at, stamp.inode);
  put_little_endian<8>(payload + format::named::modified_at, static_cast<std::uint64_t>(stamp.modified_nanoseconds));
  put_little_endian<8>(payload + format::named::changed_at, static_cast<std::uint64_t>(stamp.changed_nanoseconds));
  add(static_cast<std::uint8_t>(RecordType::named), {payload, sizeof payload});
}

void LedgerWriter::finished() {
  add(static_cast<std::uint8_t>(RecordType::finished), {});
}

void LedgerWriter::loss(MiniBatchIndex mini_batch) {
  char payload[format::loss::bytes];
  put_little_endian<8>(payload + format::loss::mini_batch_at, mini_batch.value);
  add(static_cast<std::uint8_t>(RecordType::loss), {payload, sizeof payload});
}

void LedgerWriter::retry_failed(std::uint32_t run_max_try) {
  char payload[format::retry_failed::bytes];
  put_little_endian<4>(payload + format::retry_failed::run_max_try_at, run_max_try);
  add(static_cast<std::uint8_t>(RecordType::retry_failed), {payload, sizeof payload});
}

std::uint64_t LedgerWriter::submit() {
  if (gathered_.empty()) return ticket_;
  const std::size_t size = gathered_.size();
  ticket_ = io_.append(file_, std::move(gathered_));
  gathered_ = std::string();
  gathered_.reserve(std::min<std::size_t>(size, 64 << 10));  // about as much will gather again
  return ticket_;
}

}  // namespace prs
