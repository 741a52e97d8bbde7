// What the bytes of a text have, told for sixteen of them at once: as one that looks at each byte tells it.
#include "dataset/text_traits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace prs {
namespace {

TextTraits told_byte_by_byte(const std::string& text) {
  unsigned traits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char byte = text[at], next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (byte == '\0') traits |= zero_byte;
    if (byte == '\r' && next != '\n') traits |= lone_return;
    if (byte == '0' && (next == 'x' || next == 'X')) traits |= hexadecimal;
    if (static_cast<unsigned char>(byte) >= 0x80) traits |= not_ascii;
  }
  return static_cast<TextTraits>(traits);
}

TEST(TextTraits, EachIsSeenAtEveryPlaceOfATextOfEveryLength) {
  for (const std::string& part : {std::string(1, '\0'), std::string("\r"), std::string("\r\n"), std::string("0x"),
                                  std::string("0X"), std::string("x0"), std::string("0\xd8"), std::string("\x90x")})
    for (std::size_t size = 0; size < 70; ++size)
      for (std::size_t at = 0; at <= size; ++at) {
        const std::string text = std::string(at, 'a') + part + std::string(size - at, 'b');
        ASSERT_EQ(traits_of(text), told_byte_by_byte(text)) << "at " << at << " of " << size;
      }
}

TEST(TextTraits, TextsOfSuchBytesAloneAreToldAsByteByByte) {
  std::mt19937 chance(7);
  const std::string bytes("\0\r\n0xXa\xe9", 8);
  for (int round = 0; round < 5000; ++round) {
    std::string text(chance() % 80, 'a');
    for (char& byte : text)
      if (chance() % 16 == 0) byte = bytes[chance() % bytes.size()];
    ASSERT_EQ(traits_of(text), told_byte_by_byte(text)) << round;
  }
}

}  // namespace
}  // namespace prs
