#pragma once

#include <cstdint>
#include <string_view>

namespace prs {

/// What the bytes of a text have. The loader tells it of each piece, since it passes over them anyway: the script
/// host's fast reader of CSV takes some of these in another way than pandas (prs_table_arrow.py).
enum TextTrait : std::uint8_t {
  zero_byte = 1,
  lone_return = 2,  ///< a \r that no \n follows; one at the very end, too
  hexadecimal = 4,  ///< 0x or 0X
  not_ascii = 8,
};
using TextTraits = std::uint8_t;  ///< a sum of them

TextTraits traits_of(std::string_view text);

}  // namespace prs
