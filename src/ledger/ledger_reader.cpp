#include "ledger/format.hpp"
#include "ledger/ledger.hpp"
#include "ledger/segment_bytes.hpp"
#include "support/little_endian.hpp"

namespace prs {
namespace {

namespace format = ledger_format;
using format::RecordType;

/// What a start has to show for itself, so that another one may follow it: a try that ended; a rank that was lost, for
/// the third loss gives the mini-batch up; rows in
/// their places; the end of the run. All that says whether a start made progress, for the
/// launcher and for batch jobs alike, is here.
bool is_progress(RecordType type) {
  return type == RecordType::outcome || type == RecordType::loss || type == RecordType::written ||
         type == RecordType::finished;
}

/// Reads one segment. What is wrong with it comes back as text; empty: nothing.
class SegmentReader {
 public:
  SegmentReader(const std::string& path, std::uint64_t limit_bytes, const LedgerEvents& events)
      : bytes_(path, limit_bytes), limit_bytes_(limit_bytes), events_(events) {}

  SegmentEnd read() {
    SegmentEnd end;
    end.problem = bytes_.read_preamble();
    if (end.problem.empty()) end.problem = records();
    if (end.problem.empty() && !has_header_) end.problem = "the header is missing: the file ends at byte " + here();
    if (end.problem.empty() && limit_bytes_ != UINT64_MAX && bytes_.position() < limit_bytes_)
      end.problem = "the file ends at byte " + here() + ", its end was at byte " + std::to_string(limit_bytes_);
    end.has_header = has_header_;
    end.nonce = bytes_.nonce();
    end.has_progress = has_progress_;
    end.valid_bytes = has_header_ ? bytes_.position() : 0;
    end.file_bytes = bytes_.end();
    return end;
  }

 private:
  std::string here() const { return std::to_string(bytes_.position()); }

  std::string records() {
    while (bytes_.position() < bytes_.end()) {
      const SegmentBytes::Record record = bytes_.record();
      if (!record.problem.empty()) return record.problem;
      if (!report(record.type, record.payload))
        return "the record at byte " + here() + " is none that this program knows";
      has_progress_ = has_progress_ || is_progress(record.type);
      bytes_.advance(record);
    }
    return {};
  }

  /// False where a record is whole but not as this version writes it.
  bool report(RecordType type, std::string_view payload) {
    if ((type == RecordType::header) == has_header_) return false;
    switch (type) {
      case RecordType::header:
        return header(payload);
      case RecordType::outcome:
        return outcome(payload);
      case RecordType::error_text:
        return error_text(payload);
      case RecordType::columns:
        if (events_.columns) events_.columns(payload);
        return true;
      case RecordType::finishing:
        return finishing(payload);
      case RecordType::finished:
        if (!payload.empty()) return false;
        if (events_.finished) events_.finished();
        return true;
      case RecordType::loss:
        if (payload.size() != format::loss::bytes) return false;
        if (events_.loss) events_.loss({get_little_endian<8>(payload.data() + format::loss::mini_batch_at)});
        return true;
      case RecordType::retry_failed:
        return retry_failed(payload);
      case RecordType::building:
        return building(payload);
      case RecordType::written:
        return written(payload);
      case RecordType::named:
        return named(payload);
    }
    return false;
  }

  bool header(std::string_view payload) {
    namespace field = format::header;
    if (payload.size() < field::fixed_bytes || (payload.size() - field::fixed_bytes) % 8 != 0) return false;
    SegmentHeader header;
    header.start = static_cast<std::uint32_t>(get_little_endian<4>(payload.data() + field::start_at));
    header.first_part = static_cast<std::uint32_t>(get_little_endian<4>(payload.data() + field::first_part_at));
    header.plan_fingerprint = get_little_endian<8>(payload.data() + field::plan_fingerprint_at);
    header.mini_batches = get_little_endian<8>(payload.data() + field::mini_batches_at);
    for (std::size_t at = field::fixed_bytes; at < payload.size(); at += 8)
      header.earlier_segment_bytes.push_back(get_little_endian<8>(payload.data() + at));
    has_header_ = true;
    if (events_.header) events_.header(header);
    return true;
  }

  bool outcome(std::string_view payload) {
    Outcome outcome;
    ErrorId error = 0;
    if (!read_outcome(payload, outcome, error)) return false;
    if (events_.outcome) events_.outcome(outcome, error, bytes_.position());
    return true;
  }

  bool error_text(std::string_view payload) {
    namespace field = format::error_text;
    if (payload.size() < field::fixed_bytes) return false;
    const auto error = static_cast<ErrorId>(get_little_endian<4>(payload.data() + field::error_at));
    const std::size_t category = get_little_endian<2>(payload.data() + field::category_size_at);
    const std::size_t message = get_little_endian<2>(payload.data() + field::message_size_at);
    const std::string_view texts = payload.substr(field::fixed_bytes);
    if (texts.size() < category + message) return false;
    if (events_.error_text)
      events_.error_text(error, {std::string(texts.substr(0, category)), std::string(texts.substr(category, message)),
                                 std::string(texts.substr(category + message))});
    return true;
  }

  bool finishing(std::string_view payload) {
    if (payload.size() != format::finishing::bytes) return false;
    if (events_.finishing)
      events_.finishing(get_little_endian<8>(payload.data() + format::finishing::length_at),
                        get_little_endian<8>(payload.data() + format::finishing::layout_at),
                        bytes_.position() + format::frame_bytes + payload.size());
    return true;
  }

  bool retry_failed(std::string_view payload) {
    std::optional<std::uint32_t> run_max_try;
    if (payload.size() == format::retry_failed::bytes)
      run_max_try =
          static_cast<std::uint32_t>(get_little_endian<4>(payload.data() + format::retry_failed::run_max_try_at));
    else if (!payload.empty())
      return false;
    if (events_.retry_failed) events_.retry_failed(run_max_try);
    return true;
  }

  bool building(std::string_view payload) {
    namespace field = format::building;
    if (payload.size() < field::fixed_bytes) return false;
    const std::size_t lease = get_little_endian<2>(payload.data() + field::lease_size_at);
    const std::string_view names = payload.substr(field::fixed_bytes);
    if (names.size() < lease) return false;
    if (events_.building)
      events_.building(
          {get_little_endian<8>(payload.data() + field::layout_at), names.substr(0, lease), names.substr(lease)});
    return true;
  }

  bool written(std::string_view payload) {
    if (payload.size() != format::written::bytes) return false;
    const ByteRange range{get_little_endian<8>(payload.data() + format::written::begin_at),
                          get_little_endian<8>(payload.data() + format::written::end_at)};
    if (range.begin > range.end) return false;
    if (events_.written) events_.written(range);
    return true;
  }

  bool named(std::string_view payload) {
    namespace field = format::named;
    if (payload.size() != field::bytes) return false;
    if (events_.named)
      events_.named({0, get_little_endian<8>(payload.data() + field::inode_at),
                     get_little_endian<8>(payload.data() + field::length_at),
                     static_cast<std::int64_t>(get_little_endian<8>(payload.data() + field::modified_at)),
                     static_cast<std::int64_t>(get_little_endian<8>(payload.data() + field::changed_at))});
    return true;
  }

  SegmentBytes bytes_;
  std::uint64_t limit_bytes_;
  const LedgerEvents& events_;
  bool has_header_ = false;
  bool has_progress_ = false;
};

}  // namespace

SegmentEnd read_segment(const std::string& path, std::uint64_t limit_bytes, const LedgerEvents& events) {
  return SegmentReader(path, limit_bytes, events).read();
}

}  // namespace prs
