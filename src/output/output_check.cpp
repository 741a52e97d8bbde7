#include "output/output_check.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "support/checksum.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
constexpr std::size_t block_bytes = 4 << 20;
}  // namespace

OutputCheck::OutputCheck(const std::string& path, std::function<void()> between_blocks)
    : path_(path),
      between_blocks_(std::move(between_blocks)),
      fd_(open_file(path, O_RDONLY)),
      stamp_(stamp_of(fd_.get(), path)),
      block_(block_bytes, '\0') {}

/// Up to so many of the next bytes; none at the end of the file.
std::string_view OutputCheck::next(std::uint64_t most) {
  if (left_.empty()) {
    if (between_blocks_) between_blocks_();
    left_ = {block_.data(), pread_some(fd_.get(), block_, offset_bytes_, path_)};
    offset_bytes_ += left_.size();
  }
  const std::string_view taken = left_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(most, left_.size())));
  left_.remove_prefix(taken.size());
  return taken;
}

bool OutputCheck::has_text(std::string_view text) {
  while (!text.empty()) {
    const std::string_view bytes = next(text.size());
    if (bytes.empty() || !text.starts_with(bytes)) return false;
    text.remove_prefix(bytes.size());
  }
  return true;
}

bool OutputCheck::has_rows(const Stretch& rows) {
  if (rows.length_bytes <= left_.size()) return checksum_of(next(rows.length_bytes)) == rows.checksum;
  RunningChecksum checksum;
  for (std::uint64_t left = rows.length_bytes; left > 0;) {
    const std::string_view bytes = next(left);
    if (bytes.empty()) return false;
    checksum.add(bytes);
    left -= bytes.size();
  }
  return checksum.value() == rows.checksum;
}

bool OutputCheck::is_over() const {
  return left_.empty() && offset_bytes_ == stamp_.length_bytes && stamp_of(fd_.get(), path_).has_bytes_of(stamp_);
}

}  // namespace prs
