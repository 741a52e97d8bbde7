#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/outcome.hpp"
#include "support/file_stamp.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Reads a file from front to back, once, to see whether it is what a run wrote: whether these rows follow one another
/// in it, by their checksums. Rank 0's, before an earlier output is replaced. Throws InfrastructureError where it
/// cannot be read.
class OutputCheck {
 public:
  /// `between_blocks` is called now and then, and may throw to end it.
  OutputCheck(const std::string& path, std::function<void()> between_blocks);

  /// Whether the next bytes are these.
  bool has_text(std::string_view text);
  /// Whether the next bytes are those of the stretch.
  bool has_rows(const Stretch& rows);
  /// Nothing follows, and nobody has changed the file meanwhile.
  bool is_over() const;
  /// The file as it was before it was read.
  const FileStamp& stamp() const { return stamp_; }

 private:
  std::string_view next(std::uint64_t most);

  std::string path_;
  std::function<void()> between_blocks_;
  UniqueFd fd_;
  FileStamp stamp_;
  std::uint64_t offset_bytes_ = 0;  ///< of what is not in the block
  std::string block_;
  std::string_view left_;  ///< of the block
};

}  // namespace prs
