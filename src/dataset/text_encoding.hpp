#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dataset/growing_memory.hpp"
#include "model/table_options.hpp"

namespace prs {

/// How the text of one file is bytes.
struct TextLayout {
  TextEncoding encoding = TextEncoding::utf8;  ///< never utf16: its mark tells the byte order
  std::size_t unit_bytes = 1;                  ///< of a code unit; records begin at multiples of it
  std::size_t mark_bytes = 0;                  ///< of the byte order mark at the front, which is no text

  /// A byte is what it is in UTF-8.
  bool is_utf8() const { return encoding == TextEncoding::utf8 || encoding == TextEncoding::ascii; }
};
constexpr std::size_t most_mark_bytes = 3;

/// `beginning`: the first bytes of the file, `most_mark_bytes` where it has so many. Nothing where a byte order mark is
/// needed and missing.
std::optional<TextLayout> layout_of(TextEncoding encoding, std::string_view beginning);

/// One byte for each code unit of two: those below 0x80 as they are, 0xff for all others, which end no field. Of whole
/// units.
void narrow(const TextLayout& layout, std::string_view text, std::string& units);

/// The first byte that is no text in UTF-8 or ASCII.
std::optional<std::size_t> first_wrong_byte(const TextLayout& layout, std::string_view text);

struct Utf8Text {
  std::size_t bytes = 0;
  std::optional<std::size_t> wrong_byte;  ///< the first one of the text that has no meaning
};
/// Writes the text in UTF-8 to `memory`, from `used_bytes` on. Throws InfrastructureError where libc has no such
/// encoding.
Utf8Text to_utf8(const TextLayout& layout, std::string_view text, GrowingMemory& memory, std::size_t used_bytes);

}  // namespace prs
