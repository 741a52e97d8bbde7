#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

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

constexpr std::size_t block_bytes = 1 << 20;

/// What a start has to show for itself, so that another one may follow it: a try that ended; a rank that was lost, for
/// the third loss gives the mini-batch up; the end of the run. All that says whether a start made progress, for the
/// launcher and for batch jobs alike, is here.
bool is_progress(RecordType type) {
  return type == RecordType::outcome || type == RecordType::loss || type == RecordType::finished;
}

/// The file's bytes in order, read a block at a time; only what is being looked at is in memory.
class BlockReader {
 public:
  BlockReader(const std::string& path, std::uint64_t limit_bytes) : path_(path), fd_(open_file(path, O_RDONLY)) {
    struct stat status = {};
    if (::fstat(fd_.get(), &status) != 0) throw system_error("cannot look at", path, errno);
    end_ = std::min(static_cast<std::uint64_t>(status.st_size), limit_bytes);
  }
  std::uint64_t position() const { return position_; }
  std::uint64_t end() const { return end_; }
  std::uint64_t left() const { return end_ - position_; }

  /// The next `size` bytes, in one piece; null where there are not as many.
  const char* peek(std::size_t size) {
    if (buffer_.size() - at_ < size && !fill(size)) return nullptr;
    return buffer_.data() + at_;
  }
  void advance(std::size_t size) {
    at_ += size;
    position_ += size;
  }

 private:
  bool fill(std::size_t size) {
    if (left() < size) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t have = buffer_.size();
    const std::uint64_t want = std::min<std::uint64_t>(left() - have, std::max(block_bytes, size));
    buffer_.resize(have + static_cast<std::size_t>(want));
    const std::size_t got =
        pread_some(fd_.get(), {buffer_.data() + have, static_cast<std::size_t>(want)}, position_ + have, path_);
    buffer_.resize(have + got);
    if (got < want) end_ = position_ + buffer_.size();  // somebody cut the file while it was read
    return buffer_.size() >= size;
  }

  std::string path_;
  UniqueFd fd_;
  std::uint64_t end_ = 0;
  std::uint64_t position_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;
};

/// Reads one segment. What is wrong with it comes back as text; empty: nothing.
class SegmentReader {
 public:
  SegmentReader(const std::string& path, std::uint64_t limit_bytes, const LedgerEvents& events)
      : blocks_(path, limit_bytes), limit_bytes_(limit_bytes), events_(events) {}

  SegmentEnd read() {
    SegmentEnd end;
    end.problem = preamble();
    if (end.problem.empty()) end.problem = records();
    if (end.problem.empty() && !has_header_) end.problem = "the header is missing: the file ends at byte " + here();
    if (end.problem.empty() && limit_bytes_ != UINT64_MAX && blocks_.position() < limit_bytes_)
      end.problem = "the file ends at byte " + here() + ", its end was at byte " + std::to_string(limit_bytes_);
    end.has_header = has_header_;
    end.nonce = nonce_;
    end.has_progress = has_progress_;
    end.valid_bytes = has_header_ ? blocks_.position() : 0;
    end.file_bytes = blocks_.end();
    return end;
  }

 private:
  std::string here() const { return std::to_string(blocks_.position()); }

  std::string preamble() {
    const char* bytes = blocks_.peek(format::preamble_bytes);
    if (bytes == nullptr)
      return "the file ends before its preamble does, after " + std::to_string(blocks_.end()) + " bytes";
    if (std::string_view(bytes, format::magic.size()) != format::magic) return "this is no ledger: it begins otherwise";
    const std::uint64_t version = get_little_endian<4>(bytes + format::version_at);
    if (version != format::version)
      return "ledger version " + std::to_string(version) + "; this program reads version " +
             std::to_string(format::version);
    nonce_ = get_little_endian<8>(bytes + format::nonce_at);
    checked_.assign(bytes + format::nonce_at, 8);
    checked_.append(8, '\0');
    blocks_.advance(format::preamble_bytes);
    return {};
  }

  std::string records() {
    while (blocks_.left() > 0) {
      const char* frame = blocks_.peek(format::frame_bytes);
      if (frame == nullptr) return "the record at byte " + here() + " is cut off";
      const std::size_t size = get_little_endian<3>(frame + format::size_at);
      frame = blocks_.peek(format::frame_bytes + size);
      if (frame == nullptr) return "the record at byte " + here() + " is cut off";
      if (!is_checksum_right(frame, size)) return "the record at byte " + here() + " fails its checksum";
      const auto type = static_cast<RecordType>(static_cast<unsigned char>(frame[format::type_at]));
      if (!report(type, {frame + format::frame_bytes, size}))
        return "the record at byte " + here() + " is none that this program knows";
      has_progress_ = has_progress_ || is_progress(type);
      blocks_.advance(format::frame_bytes + size);
    }
    return {};
  }

  bool is_checksum_right(const char* frame, std::size_t size) {
    put_little_endian<8>(checked_.data() + 8, blocks_.position());
    checked_.resize(format::seed_bytes);
    checked_.append(frame + format::type_at, format::frame_bytes - format::type_at + size);
    return static_cast<std::uint32_t>(checksum_of(checked_)) == get_little_endian<4>(frame);
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
    namespace field = format::outcome;
    if (payload.size() != field::bytes) return false;
    const char* bytes = payload.data();
    const std::uint64_t status = get_little_endian<1>(bytes + field::status_at);
    if (status >= try_status_count || bytes[field::zero_at] != 0) return false;
    if (!events_.outcome) return true;
    const auto u32 = [bytes](std::size_t at) { return static_cast<std::uint32_t>(get_little_endian<4>(bytes + at)); };
    Outcome outcome;
    outcome.mini_batch = {get_little_endian<8>(bytes + field::mini_batch_at)};
    outcome.dequeue_count = u32(field::dequeue_count_at);
    outcome.status = static_cast<TryStatus>(status);
    outcome.items = u32(field::items_at);
    outcome.succeeded = u32(field::succeeded_at);
    outcome.rows = get_little_endian<6>(bytes + field::rows_at);
    outcome.stretch = {u32(field::part_at), get_little_endian<6>(bytes + field::offset_at),
                       get_little_endian<6>(bytes + field::length_at),
                       get_little_endian<8>(bytes + field::stretch_checksum_at)};
    events_.outcome(outcome, u32(field::error_at));
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
                        get_little_endian<8>(payload.data() + format::finishing::checksum_at));
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

  BlockReader blocks_;
  std::uint64_t limit_bytes_;
  const LedgerEvents& events_;
  bool has_header_ = false;
  std::uint64_t nonce_ = 0;
  bool has_progress_ = false;
  std::string checked_;  ///< the nonce, the record's place, then what its checksum covers
};

}  // namespace

SegmentEnd read_segment(const std::string& path, std::uint64_t limit_bytes, const LedgerEvents& events) {
  return SegmentReader(path, limit_bytes, events).read();
}

}  // namespace prs
