#include <algorithm>
#include <array>
#include <charconv>

#include "report/csv.hpp"
#include "report/printable.hpp"
#include "report/try_rows.hpp"

namespace prs {
namespace {

constexpr std::size_t most_json_bytes = 200;
constexpr std::string_view ellipsis = "…";
constexpr char hex_digits[] = "0123456789abcdef";

/// How many of the bytes in `room` two texts of these sizes may take.
struct Shares {
  std::size_t first, last;
};
Shares shares_of(std::size_t first, std::size_t last, std::size_t room) {
  if (first + last <= room) return {first, last};
  const std::size_t half = room / 2;
  if (first <= half) return {first, room - first};
  if (last <= half) return {room - last, last};
  return {half, half};
}

bool is_inside_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The end of the text, from the beginning of a character on.
std::string_view tail_of(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  text.remove_prefix(text.size() - most_bytes);
  for (int i = 0; i < 3 && !text.empty() && is_inside_character(text.front()); ++i) text.remove_prefix(1);
  return text;
}

/// What is not the same in JSON and in a quoted CSV field, or not ASCII.
bool is_special(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20) | (byte >= 0x7f) | (byte == '"') | (byte == '\\');
}

/// Nearly all paths are plain, so they are looked at in blocks, which compilers turn into a few instructions each.
bool is_plain_ascii(std::string_view text) {
  constexpr std::size_t block_bytes = 16;
  for (; text.size() >= block_bytes; text.remove_prefix(block_bytes)) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < block_bytes; ++i) found |= static_cast<unsigned char>(is_special(text[i]));
    if (found != 0) return false;
  }
  return std::none_of(text.begin(), text.end(), is_special);
}

/// UTF-8 that is the same in JSON and in a quoted CSV field.
bool is_plain(std::string_view text) {
  if (is_plain_ascii(text)) return true;
  while (!text.empty()) {
    std::size_t bytes = 1;
    if (is_special(text.front())) {
      bytes = utf8_character_bytes(text);
      if (bytes < 2) return false;
    }
    text.remove_prefix(bytes);
  }
  return true;
}

/// Plain text in its share, its beginning cut off where it is too long.
void append_plain(std::string& csv, std::string_view text, std::size_t share) {
  if (text.size() <= share) {
    csv.append(text);
  } else {
    csv.append(ellipsis).append(tail_of(text, share - ellipsis.size()));
  }
}

/// One character, or one byte that is none, as JSON has it inside a string. Returns how many bytes of `text` that was.
std::size_t append_json_character(std::string& json, std::string_view text) {
  const std::size_t bytes = utf8_character_bytes(text);
  const auto first = static_cast<unsigned char>(text.front());
  if (bytes == 0) {
    ((json += "\\\\x") += hex_digits[first >> 4]) += hex_digits[first & 15];
    return 1;
  }
  if (first < 0x20 || first == 0x7f) {
    ((json += "\\u00") += hex_digits[first >> 4]) += hex_digits[first & 15];
  } else if (first == '"' || first == '\\') {
    (json += '\\') += text.front();
  } else {
    json.append(text.substr(0, bytes));
  }
  return bytes;
}

/// The inside of a JSON string of at most `share` bytes: the text, or its end behind an ellipsis.
std::string json_text(std::string_view text, std::size_t share) {
  std::string_view window = tail_of(text, share);  // no byte becomes less than one
  const bool is_whole = window.size() == text.size();
  std::string json;
  std::string begins;  // begins[i] is set where json[i] begins a character
  while (!window.empty()) {
    begins.resize(json.size(), 0);
    begins += '\1';
    window.remove_prefix(append_json_character(json, window));
  }
  if (is_whole && json.size() <= share) return json;
  begins.resize(json.size(), 0);
  const std::size_t kept = share - ellipsis.size();
  std::size_t begin = json.size() > kept ? json.size() - kept : 0;
  while (begin < json.size() && begins[begin] == 0) ++begin;
  return std::string(ellipsis) + json.substr(begin);
}

}  // namespace

void append_detail_field(std::string& csv, std::string_view first_item, std::string_view last_item,
                         std::uint32_t items) {
  std::array<char, 10> digits;
  const std::string_view count(
      digits.data(), static_cast<std::size_t>(std::to_chars(digits.data(), digits.end(), items).ptr - digits.data()));
  const std::size_t room =
      most_json_bytes - std::string_view(R"({"first":"","last":"","items":})").size() - count.size();
  if (is_plain(tail_of(first_item, room)) && (first_item == last_item || is_plain(tail_of(last_item, room)))) {
    const Shares shares = shares_of(first_item.size(), last_item.size(), room);
    csv += R"("{""first"":"")";
    append_plain(csv, first_item, shares.first);
    csv += R"("",""last"":"")";
    append_plain(csv, last_item, shares.last);
    csv += R"("",""items"":)";
    csv.append(count) += "}\"";
    return;
  }
  const Shares shares = shares_of(json_text(first_item, room).size(), json_text(last_item, room).size(), room);
  append_quoted_csv_field(csv, R"({"first":")" + json_text(first_item, shares.first) + R"(","last":")" +
                                   json_text(last_item, shares.last) + R"(","items":)" + std::string(count) + "}");
}

}  // namespace prs
