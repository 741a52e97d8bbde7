#include "config/yaml_text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace prs {
namespace {

/// Bytes of the UTF-8 character at `at`, 0 where it is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at + i < text.size() ? text[at + i] : 0); };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Words that no YAML version takes for something else than text.
bool is_plain_word(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  const auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  if (text.size() < 2 || !is_letter(text[0]) || !std::all_of(text.begin(), text.end(), is_inner)) return false;
  const std::string lower = lower_case(std::string(text));
  for (const char* other : {"null", "true", "false", "yes", "no", "on", "off"})
    if (lower == other) return false;
  return true;
}

void emit(YAML::Emitter& out, const std::string& text) {
  if (first_invalid_utf8(text)) {
    out << YAML::Binary(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  } else if (is_plain_word(text)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string yaml_scalar(const std::string& text) {
  YAML::Emitter out;
  emit(out, text);
  return out.c_str();
}

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ", ";
    list += yaml_scalar(text);
  }
  return list + "]";
}

std::string yaml_mapping(const std::map<std::string, std::string>& texts) {
  return yaml_mapping(std::vector<std::pair<std::string, std::string>>(texts.begin(), texts.end()));
}

std::string yaml_mapping(const std::vector<std::pair<std::string, std::string>>& texts) {
  std::string mapping = "{";
  for (const auto& [key, value] : texts) {
    if (mapping.size() > 1) mapping += ", ";
    mapping += yaml_scalar(key) + ": " + yaml_scalar(value);
  }
  return mapping + "}";
}

std::string yaml_number(double number) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number);
  return std::string(buffer, end.ptr);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 120;
  std::string shown = "'";
  for (std::size_t at = 0; at < text.size();) {
    if (shown.size() > longest) return shown + "…'";
    const std::size_t length = utf8_length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", byte);
      shown += text[at] == '\n' ? "\\n" : text[at] == '\t' ? "\\t" : escaped;
      ++at;
    } else {
      shown += text.substr(at, length);
      at += length;
    }
  }
  return shown + "'";
}

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string joined(const std::vector<std::string>& words, const std::string& last_separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last_separator : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace prs
