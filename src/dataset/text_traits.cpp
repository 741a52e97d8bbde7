#include "dataset/text_traits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace prs {
namespace {

// Vectors of the compiler's own (GCC, Clang): every processor that it knows has some.
constexpr std::size_t block_bytes = 16;
using Block = std::uint8_t __attribute__((vector_size(block_bytes)));

Block block_at(const char* place) {
  Block block;
  std::memcpy(&block, place, sizeof block);
  return block;
}

bool is_any(Block block) {
  std::uint64_t halves[2];
  std::memcpy(halves, &block, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

/// Each trait's own block of bytes: those that are not 0 have been found.
class Found {
 public:
  /// Of the sixteen bytes at `place`; the one behind them is looked at, too.
  void look_at(const char* place) {
    const Block bytes = block_at(place), next = block_at(place + 1);
    high_ |= bytes;
    zero_ |= Block(bytes == 0);
    return_ |= Block(bytes == '\r') & Block(next != '\n');
    hexadecimal_ |= Block(bytes == '0') & Block((next | std::uint8_t{0x20}) == 'x');
  }
  TextTraits traits() const {
    unsigned traits = is_any(zero_) ? zero_byte : 0;
    if (is_any(return_)) traits |= lone_return;
    if (is_any(hexadecimal_)) traits |= hexadecimal;
    if (is_any(high_ & std::uint8_t{0x80})) traits |= not_ascii;
    return static_cast<TextTraits>(traits);
  }

 private:
  Block high_{}, zero_{}, return_{}, hexadecimal_{};
};

}  // namespace

TextTraits traits_of(std::string_view text) {
  Found found;
  std::size_t at = 0;
  for (; at + block_bytes < text.size(); at += block_bytes) found.look_at(text.data() + at);
  char last[block_bytes + 1];
  std::fill(std::begin(last), std::end(last), ' ');  // no part of any trait
  std::copy(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), last);
  found.look_at(last);
  return found.traits();
}

}  // namespace prs
