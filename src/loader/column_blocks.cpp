#include "loader/column_blocks.hpp"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/errors.hpp"
#include "support/file_stamp.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::string_view magic{"PRSCOLS\x01", 8};
constexpr std::uint64_t number_bytes = 8;
constexpr std::uint64_t window_bytes = 1 << 20;
constexpr std::uint64_t longest_header_bytes = 2 << 20;

}  // namespace

ColumnBlocks::ColumnBlocks(const std::string& path)
    : path_(path), file_(open_file(path, O_RDONLY)), length_bytes_(stamp_of(file_.get(), path).length_bytes) {
  read_header();
}

void ColumnBlocks::read_header() {
  const std::string_view begin = bytes_at(0, std::min(length_bytes_, longest_header_bytes));
  const std::size_t end = begin.find('\n');
  if (end == std::string_view::npos) refuse();
  const auto columns = nlohmann::ordered_json::parse(begin.substr(0, end), nullptr, false);
  if (!columns.is_object() || columns.empty()) refuse();
  for (const auto& [name, type] : columns.items()) {
    if (!type.is_string()) refuse();
    columns_.push_back({name, type.get<std::string>()});
  }
  first_block_ = next_block_ = end + 1;
}

bool ColumnBlocks::next() {
  if (next_block_ == length_bytes_) return false;
  const std::uint64_t head_bytes = magic.size() + number_bytes, sizes_bytes = columns_.size() * 2 * number_bytes;
  const std::string_view head = bytes_at(next_block_, head_bytes + sizes_bytes);
  if (!head.starts_with(magic)) refuse();
  rows_ = get_little_endian<number_bytes>(head.data() + magic.size());
  next_data_ = next_block_ + head.size();
  next_block_ = next_data_;
  parts_.clear();
  taken_ = 0;
  for (const char* at = head.data() + head_bytes; at != head.data() + head.size(); at += 2 * number_bytes) {
    parts_.push_back({get_little_endian<number_bytes>(at), get_little_endian<number_bytes>(at + number_bytes)});
    if (parts_.back().bytes > length_bytes_ - next_block_) refuse();
    next_block_ += parts_.back().bytes;
  }
  return true;
}

std::string_view ColumnBlocks::take() {
  const std::uint64_t offset = next_data_, bytes = parts_.at(taken_++).bytes;
  next_data_ += bytes;
  return bytes_at(offset, bytes);
}

void ColumnBlocks::rewind() {
  next_block_ = first_block_;
}

/// From the window, which is moved there where they are not in it.
std::string_view ColumnBlocks::bytes_at(std::uint64_t offset_bytes, std::uint64_t bytes) {
  if (offset_bytes > length_bytes_ || bytes > length_bytes_ - offset_bytes) refuse();
  if (offset_bytes < window_begin_ || offset_bytes + bytes > window_begin_ + window_.size()) {
    window_.resize(std::min(std::max(bytes, window_bytes), length_bytes_ - offset_bytes));
    window_begin_ = offset_bytes;
    if (pread_some(file_.get(), window_, offset_bytes, path_) != window_.size()) refuse();
  }
  return std::string_view(window_).substr(offset_bytes - window_begin_, bytes);
}

void ColumnBlocks::refuse() const {
  throw InfrastructureError("the rows in " + path_ + " are not as they were written");
}

}  // namespace prs
