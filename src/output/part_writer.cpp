#include "output/part_writer.hpp"

#include <algorithm>
#include <filesystem>

#include "output/part_format.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
constexpr std::size_t block_bytes = 256 << 10;        ///< gathered rows are handed over from here on
constexpr std::size_t largest_block_bytes = 4 << 20;  ///< a larger piece goes in several, so that none is copied twice
}  // namespace

PartWriter::PartWriter(IoThread& io, const std::string& path, std::uint32_t part)
    : io_(io), file_(io.create(path)), part_(part) {
  // The name must survive a power cut too, or the rows' own sync would be worth nothing.
  sync_folder(std::filesystem::absolute(path).parent_path().string());
  gathered_ = part_format::magic;
  append_little_endian<4>(gathered_, part_format::version);
  append_little_endian<4>(gathered_, part);
  offset_bytes_ = gathered_.size();
  try_begin_ = gathered_.size();
}

void PartWriter::add(std::string_view rows) {
  length_bytes_ += rows.size();
  if (rows.size() >= block_bytes) {
    hand_over();
    checksum_.add(rows);
    is_partly_handed_over_ = true;
    for (; !rows.empty(); rows.remove_prefix(std::min(rows.size(), largest_block_bytes)))
      ticket_ = io_.append(file_, std::string(rows.substr(0, largest_block_bytes)));
    return;
  }
  gathered_ += rows;
  // What earlier tries left waits for the end of this one: a small try stays in one piece, and so does its checksum.
  if (gathered_.size() - try_begin_ >= block_bytes) hand_over();
}

Stretch PartWriter::end_try() {
  Stretch stretch{part_, offset_bytes_, length_bytes_, 0};
  if (is_partly_handed_over_) {
    checksum_.add(gathered_of_try());
    stretch.checksum = checksum_.value();
    checksum_.reset();
    is_partly_handed_over_ = false;
  } else {
    stretch.checksum = checksum_of(gathered_of_try());
  }
  offset_bytes_ += length_bytes_;
  length_bytes_ = 0;
  try_begin_ = gathered_.size();
  if (gathered_.size() >= block_bytes) hand_over();
  return stretch;
}

std::uint64_t PartWriter::submit() {
  hand_over();
  return ticket_;
}

void PartWriter::hand_over() {
  if (gathered_.empty()) return;
  if (const std::string_view begun = gathered_of_try(); !begun.empty()) {
    checksum_.add(begun);
    is_partly_handed_over_ = true;
  }
  const std::size_t size = gathered_.size();
  ticket_ = io_.append(file_, std::move(gathered_));
  gathered_ = std::string();
  gathered_.reserve(std::min(size, block_bytes));  // about as much will gather again
  try_begin_ = 0;
}

}  // namespace prs
