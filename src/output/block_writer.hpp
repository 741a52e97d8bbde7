#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "support/unique_fd.hpp"

namespace prs {

/// Writes rising bytes of one existing file in large blocks that end at multiples of their size, and sees to it that
/// little is left to sync at the end. Used by write_share only. Throws InfrastructureError with the path, also once the
/// file has lost its name: then it is another job's, and may be the finished output by now.
class BlockWriter {
 public:
  /// Begins at `begin_bytes`; `tick` is called after each block.
  BlockWriter(const std::string& path, std::uint64_t begin_bytes, const std::function<void()>& tick);

  /// Where the next byte will stand in the file.
  std::uint64_t position() const { return begin_bytes_ + filled_; }
  /// Where the next bytes may be put, up to the end of the block; never empty. advance() then takes the first `bytes`
  /// of it.
  std::span<char> room();
  void advance(std::size_t bytes);
  /// Copies them in.
  void append(std::string_view bytes);
  /// Leaves that many bytes of the file as they are.
  void skip(std::uint64_t bytes);
  /// Writes the rest and syncs the file.
  void finish();

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t length;
  };
  void flush();
  void write_run();
  void expect_named() const;
  void write_back(Range range);
  void wait_for_oldest();
  bool sync_range(Range range, unsigned flags);

  std::string path_;
  const std::function<void()>& tick_;
  UniqueFd fd_;
  std::unique_ptr<char[]> block_;
  std::uint64_t begin_bytes_;  ///< where the block begins in the file
  std::size_t filled_ = 0;
  std::size_t run_begin_ = 0;     ///< of what is to be written in the block; before it lies what was skipped
  std::deque<Range> on_the_way_;  ///< to the disk
};

}  // namespace prs
