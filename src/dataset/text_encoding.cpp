#include "dataset/text_encoding.hpp"

#include <iconv.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::string_view utf8_mark = "\xef\xbb\xbf", utf16_le_mark = "\xff\xfe", utf16_be_mark = "\xfe\xff";

const char* name_for_iconv(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::utf16_le:
      return "UTF-16LE";
    case TextEncoding::utf16_be:
      return "UTF-16BE";
    case TextEncoding::latin1:
      return "ISO-8859-1";
    case TextEncoding::windows_1252:
      return "CP1252";
    case TextEncoding::utf8:
    case TextEncoding::ascii:
    case TextEncoding::utf16:
      break;
  }
  PRS_INVARIANT(false && "UTF-8 needs no change, and UTF-16 has a byte order by now");
  return nullptr;
}

class Converter {
 public:
  explicit Converter(TextEncoding encoding) : handle_(::iconv_open("UTF-8", name_for_iconv(encoding))) {
    if (std::bit_cast<std::intptr_t>(handle_) == -1)
      throw system_error("iconv knows no such encoding", name_for_iconv(encoding), errno);
  }
  ~Converter() { ::iconv_close(handle_); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  /// 0, or an errno.
  int convert(char*& in, std::size_t& in_bytes, char*& out, std::size_t& out_bytes) {
    return ::iconv(handle_, &in, &in_bytes, &out, &out_bytes) == static_cast<std::size_t>(-1) ? errno : 0;
  }

 private:
  iconv_t handle_;
};

/// Behind the bytes below 0x80 that begin at `at`.
std::size_t behind_ascii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// The length of the character that begins at the front, or 0 (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto is_more = [&](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_more(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned least = first == 0xe0 ? 0xa0 : 0x80, most = first == 0xed ? 0x9f : 0xbf;
    return byte(1) >= least && byte(1) <= most && is_more(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned least = first == 0xf0 ? 0x90 : 0x80, most = first == 0xf4 ? 0x8f : 0xbf;
    return byte(1) >= least && byte(1) <= most && is_more(2) && is_more(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<TextLayout> layout_of(TextEncoding encoding, std::string_view beginning) {
  const bool is_le = beginning.starts_with(utf16_le_mark), is_be = beginning.starts_with(utf16_be_mark);
  switch (encoding) {
    case TextEncoding::utf8:
      return TextLayout{encoding, 1, beginning.starts_with(utf8_mark) ? utf8_mark.size() : 0};
    case TextEncoding::utf16:
      if (!is_le && !is_be) return std::nullopt;
      return TextLayout{is_le ? TextEncoding::utf16_le : TextEncoding::utf16_be, 2, utf16_le_mark.size()};
    case TextEncoding::utf16_le:
      return TextLayout{encoding, 2, is_le ? utf16_le_mark.size() : 0};
    case TextEncoding::utf16_be:
      return TextLayout{encoding, 2, is_be ? utf16_be_mark.size() : 0};
    case TextEncoding::latin1:
    case TextEncoding::ascii:
    case TextEncoding::windows_1252:
      break;
  }
  return TextLayout{encoding, 1, 0};
}

void narrow(const TextLayout& layout, std::string_view text, std::string& units) {
  const std::size_t low = layout.encoding == TextEncoding::utf16_be ? 1 : 0;
  units.resize(text.size() / 2);
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    const char lower = text[2 * unit + low], higher = text[2 * unit + 1 - low];
    units[unit] = higher == 0 && static_cast<unsigned char>(lower) < 0x80 ? lower : '\xff';
  }
}

std::optional<std::size_t> first_wrong_byte(const TextLayout& layout, std::string_view text) {
  for (std::size_t at = behind_ascii(text, 0); at < text.size(); at = behind_ascii(text, at)) {
    const std::size_t length = layout.encoding == TextEncoding::ascii ? 0 : utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

Utf8Text to_utf8(const TextLayout& layout, std::string_view text, GrowingMemory& memory, std::size_t used_bytes) {
  Converter converter(layout.encoding);
  char* in = const_cast<char*>(text.data());  // iconv takes it so, and writes nothing there
  std::size_t in_bytes = text.size();
  Utf8Text result;
  while (in_bytes > 0) {
    const std::span<char> room = memory.room(used_bytes + result.bytes + in_bytes + 16);
    char* out = room.data() + used_bytes + result.bytes;
    std::size_t out_bytes = room.size() - used_bytes - result.bytes;
    const int error = converter.convert(in, in_bytes, out, out_bytes);
    result.bytes = static_cast<std::size_t>(out - room.data()) - used_bytes;
    if (error != 0 && error != E2BIG) {
      result.wrong_byte = text.size() - in_bytes;
      return result;
    }
  }
  return result;
}

}  // namespace prs
