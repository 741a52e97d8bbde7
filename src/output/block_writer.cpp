#include "output/block_writer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "support/errors.hpp"
#include "support/file_stamp.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
constexpr std::size_t block_bytes = 4 << 20;
constexpr std::size_t most_on_the_way = 64;  ///< blocks; bounds what may be dirty at once
}  // namespace

BlockWriter::BlockWriter(const std::string& path, std::uint64_t begin_bytes, const std::function<void()>& tick)
    : path_(path),
      tick_(tick),
      fd_(open_file(path, O_WRONLY)),
      block_(std::make_unique_for_overwrite<char[]>(block_bytes)),
      begin_bytes_(begin_bytes) {}

std::span<char> BlockWriter::room() {
  const std::size_t size = block_bytes - static_cast<std::size_t>(begin_bytes_ % block_bytes);
  return {block_.get() + filled_, size - filled_};
}

void BlockWriter::advance(std::size_t bytes) {
  const bool is_full = bytes == room().size();
  filled_ += bytes;
  if (is_full) flush();
}

void BlockWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t now = std::min(room().size(), bytes.size());
    std::memcpy(room().data(), bytes.data(), now);
    advance(now);
    bytes.remove_prefix(now);
  }
}

void BlockWriter::skip(std::uint64_t bytes) {
  if (bytes >= room().size()) {
    flush();
    begin_bytes_ += bytes;
    return;
  }
  write_run();
  filled_ += static_cast<std::size_t>(bytes);
  run_begin_ = filled_;
}

void BlockWriter::finish() {
  flush();
  while (!on_the_way_.empty()) wait_for_oldest();  // block by block: the caller is asked in between
  sync_file(fd_.get(), path_);
}

void BlockWriter::flush() {
  write_run();
  if (filled_ > 0) write_back({begin_bytes_, filled_});
  begin_bytes_ += filled_;
  filled_ = run_begin_ = 0;
  if (tick_) tick_();
}

void BlockWriter::write_run() {
  if (run_begin_ == filled_) return;
  expect_named();
  pwrite_all(fd_.get(), {block_.get() + run_begin_, filled_ - run_begin_}, begin_bytes_ + run_begin_, path_);
}

void BlockWriter::expect_named() const {
  const auto named = stamp_of(path_);
  const FileStamp open = stamp_of(fd_.get(), path_);
  if (!named || named->device != open.device || named->inode != open.inode)
    throw InfrastructureError("cannot write: " + path_ +
                              ": another job has taken it over, or it was deleted while it was written");
}

void BlockWriter::write_back(Range range) {
  // A sync of many GB at the end would keep the caller silent for minutes; so each block starts on its way at once.
  if (!sync_range(range, SYNC_FILE_RANGE_WRITE)) return;
  on_the_way_.push_back(range);
  if (on_the_way_.size() > most_on_the_way) wait_for_oldest();
}

void BlockWriter::wait_for_oldest() {
  sync_range(on_the_way_.front(), SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  on_the_way_.pop_front();
  if (tick_) tick_();
}

bool BlockWriter::sync_range(Range range, unsigned flags) {
  int status;
  do status = ::sync_file_range(fd_.get(), static_cast<off_t>(range.begin), static_cast<off_t>(range.length), flags);
  while (status != 0 && errno == EINTR);
  // A write error is reported once: what this call hears, the sync at the end does not.
  if (status != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
    throw system_error("cannot write", path_, errno);
  return status == 0;
}

}  // namespace prs
