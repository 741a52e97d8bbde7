#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace prs {

/// The bytes [begin, end) of a file.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool operator==(const ByteRange&) const = default;
};

/// Which bytes of a file are written. Ranges that overlap or touch become one.
class ByteRanges {
 public:
  void add(ByteRange range);
  std::uint64_t bytes() const;
  /// What of `whole` is not written yet, in order.
  std::vector<ByteRange> gaps(ByteRange whole) const;

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  ///< of each range, by its beginning
};

}  // namespace prs
