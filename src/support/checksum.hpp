#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace prs {

/// XXH3-64 of the bytes.
std::uint64_t checksum_of(std::string_view bytes);

/// CRC-32 as in zlib and Python's binascii, begun with `start`.
std::uint32_t crc32_of(std::string_view bytes, std::uint32_t start = 0);

/// XXH3-64, of bytes that come in pieces.
class RunningChecksum {
 public:
  RunningChecksum();
  ~RunningChecksum();
  RunningChecksum(RunningChecksum&&) noexcept;
  RunningChecksum& operator=(RunningChecksum&&) noexcept;
  void reset();
  void add(std::string_view bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prs
