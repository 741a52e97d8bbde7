#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace prs {

/// Numbers in files and messages: little-endian, `width` bytes, at any address. Every format of ours puts its numbers
/// by these, most of them through FlatWriter (flat_bytes.hpp), so that a file reads the same on every machine. The
/// caller has checked that the bytes are there and that the value fits.
template <std::size_t width>
void put_little_endian(char* to, std::uint64_t value) {
  static_assert(width >= 1 && width <= 8);
  if constexpr (std::endian::native == std::endian::little)
    std::memcpy(to, &value, width);
  else
    for (std::size_t i = 0; i < width; ++i) to[i] = static_cast<char>(value >> (8 * i));
}

template <std::size_t width>
void append_little_endian(std::string& to, std::uint64_t value) {
  char bytes[width];
  put_little_endian<width>(bytes, value);
  to.append(bytes, width);
}

template <std::size_t width>
std::uint64_t get_little_endian(const char* from) {
  static_assert(width >= 1 && width <= 8);
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little)
    std::memcpy(&value, from, width);
  else
    for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
  return value;
}

}  // namespace prs
