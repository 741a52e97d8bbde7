#include "ledger/segment_bytes.hpp"

#include <fcntl.h>

#include <algorithm>

#include "support/checksum.hpp"
#include "support/file_stamp.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace format = ledger_format;

constexpr std::size_t largest_block_bytes = 1 << 20;
constexpr std::size_t smallest_block_bytes = 4 << 10;  ///< after a jump: records far from each other cost small reads

}  // namespace

SegmentBytes::SegmentBytes(const std::string& path, std::uint64_t limit_bytes)
    : path_(path), fd_(open_file(path, O_RDONLY)), block_bytes_(largest_block_bytes) {
  end_ = std::min(stamp_of(fd_.get(), path).length_bytes, limit_bytes);
}

std::string SegmentBytes::read_preamble() {
  const char* bytes = peek(format::preamble_bytes);
  if (bytes == nullptr) return "the file ends before its preamble does, after " + std::to_string(end_) + " bytes";
  if (std::string_view(bytes, format::magic.size()) != format::magic) return "this is no ledger: it begins otherwise";
  const std::uint64_t version = get_little_endian<4>(bytes + format::version_at);
  if (version < format::oldest_version || version > format::version)
    return "ledger version " + std::to_string(version) + "; this program reads versions " +
           std::to_string(format::oldest_version) + " to " + std::to_string(format::version);
  nonce_ = get_little_endian<8>(bytes + format::nonce_at);
  checked_.assign(bytes + format::nonce_at, 8);
  checked_.append(8, '\0');
  at_ += format::preamble_bytes;
  position_ += format::preamble_bytes;
  return {};
}

SegmentBytes::Record SegmentBytes::record() {
  const auto nothing = [this](const char* why) {
    return Record{{}, {}, "the record at byte " + std::to_string(position_) + why};
  };
  const char* frame = peek(format::frame_bytes);
  if (frame == nullptr) return nothing(" is cut off");
  const std::size_t size = get_little_endian<3>(frame + format::size_at);
  frame = peek(format::frame_bytes + size);
  if (frame == nullptr) return nothing(" is cut off");
  if (!is_checksum_right(frame, size)) return nothing(" fails its checksum");
  const auto type = static_cast<format::RecordType>(static_cast<unsigned char>(frame[format::type_at]));
  return {type, {frame + format::frame_bytes, size}, {}};
}

void SegmentBytes::advance(const Record& record) {
  at_ += format::frame_bytes + record.payload.size();
  position_ += format::frame_bytes + record.payload.size();
}

void SegmentBytes::seek(std::uint64_t position) {
  const std::uint64_t begin = position_ - at_;  // of the buffer in the file
  const std::uint64_t buffered_end = begin + buffer_.size();
  const bool is_buffered = position >= begin && position <= buffered_end;
  if (!is_buffered) {
    const bool is_near = position > buffered_end && position - buffered_end < block_bytes_;
    block_bytes_ = is_near ? std::min(2 * block_bytes_, largest_block_bytes) : smallest_block_bytes;
    buffer_.clear();
  }
  at_ = is_buffered ? static_cast<std::size_t>(position - begin) : 0;
  position_ = position;
}

/// The next `size` bytes, in one piece; null where there are not as many.
const char* SegmentBytes::peek(std::size_t size) {
  if (buffer_.size() - at_ < size && !fill(size)) return nullptr;
  return buffer_.data() + at_;
}

bool SegmentBytes::fill(std::size_t size) {
  if (position_ > end_ || end_ - position_ < size) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t have = buffer_.size();
  const std::uint64_t want = std::min<std::uint64_t>(end_ - position_ - have, std::max(block_bytes_, size));
  buffer_.resize(have + static_cast<std::size_t>(want));
  const std::size_t got =
      pread_some(fd_.get(), {buffer_.data() + have, static_cast<std::size_t>(want)}, position_ + have, path_);
  buffer_.resize(have + got);
  if (got < want) end_ = position_ + buffer_.size();  // somebody cut the file while it was read
  return buffer_.size() >= size;
}

bool SegmentBytes::is_checksum_right(const char* frame, std::size_t size) {
  put_little_endian<8>(checked_.data() + 8, position_);
  checked_.resize(format::seed_bytes);
  checked_.append(frame + format::type_at, format::frame_bytes - format::type_at + size);
  return static_cast<std::uint32_t>(checksum_of(checked_)) == get_little_endian<4>(frame);
}

bool read_outcome(std::string_view payload, Outcome& outcome, ErrorId& error) {
  namespace field = format::outcome;
  if (payload.size() != field::bytes) return false;
  const char* bytes = payload.data();
  const std::uint64_t status = get_little_endian<1>(bytes + field::status_at);
  if (status >= try_status_count || bytes[field::zero_at] != 0) return false;
  const auto u32 = [bytes](std::size_t at) { return static_cast<std::uint32_t>(get_little_endian<4>(bytes + at)); };
  outcome.mini_batch = {get_little_endian<8>(bytes + field::mini_batch_at)};
  outcome.dequeue_count = u32(field::dequeue_count_at);
  outcome.status = static_cast<TryStatus>(status);
  outcome.items = u32(field::items_at);
  outcome.succeeded = u32(field::succeeded_at);
  outcome.rows = get_little_endian<6>(bytes + field::rows_at);
  outcome.stretch = {u32(field::part_at), get_little_endian<6>(bytes + field::offset_at),
                     get_little_endian<6>(bytes + field::length_at),
                     get_little_endian<8>(bytes + field::stretch_checksum_at)};
  error = u32(field::error_at);
  return true;
}

}  // namespace prs
