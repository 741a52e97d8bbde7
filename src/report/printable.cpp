#include "report/printable.hpp"

namespace prs {
namespace {

constexpr std::string_view ellipsis = "…";

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f';
}

/// U+0000 … U+001F, U+007F and U+0080 … U+009F: what terminals take for commands.
bool is_control(std::string_view character) {
  const unsigned char first = byte_at(character, 0);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && byte_at(character, 1) < 0xa0;
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

/// Appends the first character, or byte that is none, and returns how many bytes of `text` that was.
std::size_t append_printable(std::string& out, std::string_view text) {
  const std::size_t bytes = utf8_character_bytes(text);
  const std::string_view character = text.substr(0, bytes == 0 ? 1 : bytes);
  if (bytes == 0 || is_control(character)) {
    append_escaped(out, character);
  } else {
    out.append(character);
  }
  return character.size();
}

}  // namespace

std::size_t utf8_character_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned char first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte_at(text, 1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second >= 0xa0;
  const bool is_too_large = first == 0xf4 && second >= 0x90;
  return is_overlong || is_surrogate || is_too_large ? 0 : bytes;
}

std::string one_line(std::string_view text, std::size_t most_bytes) {
  std::string line;
  std::size_t cut_bytes = 0;  // the longest whole beginning that leaves room for the ellipsis
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      if (line.empty() || line.back() == ' ') continue;
      line += ' ';
    } else {
      i += append_printable(line, text.substr(i));
    }
    if (line.size() + ellipsis.size() <= most_bytes) cut_bytes = line.size();
    if (line.size() > most_bytes + 1) break;  // + 1: a last blank may still go
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= most_bytes) return line;
  line.resize(cut_bytes);
  line.append(ellipsis);
  return line;
}

std::string printable_lines(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\n' || text[i] == '\t') {
      lines += text[i++];
    } else if (text.substr(i, 2) == "\r\n") {
      ++i;
    } else {
      i += append_printable(lines, text.substr(i));
    }
  }
  return lines;
}

}  // namespace prs
