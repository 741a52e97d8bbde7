#include "dataset/record_scanner.hpp"

#include <algorithm>
#include <cstring>

namespace prs {
namespace {

/// The next place of one byte in a text. It is looked for anew only when it was passed, so that all searches together
/// read the text once.
class NextByte {
 public:
  NextByte(std::string_view text, char byte, bool is_wanted)
      : text_(text), byte_(byte), place_(is_wanted ? 0 : text.size()), is_known_(!is_wanted) {}
  /// The first place from `at` on, or the end of the text.
  std::size_t from(std::size_t at) {
    if (!is_known_ || place_ < at) {
      const void* const found = std::memchr(text_.data() + at, byte_, text_.size() - at);
      place_ =
          found == nullptr ? text_.size() : static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
      is_known_ = true;
    }
    return place_;
  }

 private:
  std::string_view text_;
  char byte_;
  std::size_t place_;
  bool is_known_;
};

}  // namespace

RecordRules RecordRules::of(const TableOptions& options) {
  if (options.format == TableFormat::json_lines) return {.has_quotes = false, .ends_at_carriage_return = false};
  return {.delimiter = options.delimiter, .has_line_breaks_in_quotes = options.support_multi_line};
}

RecordRules RecordRules::without_quotes() const {
  RecordRules rules = *this;
  rules.has_quotes = false;
  return rules;
}

/// The bytes that are scanned now, and the places in them that matter.
class RecordScanner::Stretch {
 public:
  Stretch(std::string_view text, const RecordRules& rules)
      : bytes(text),
        quote(text, '"', rules.has_quotes),
        line_feed_(text, '\n', true),
        carriage_return_(text, '\r', rules.ends_at_carriage_return) {}

  std::size_t line_end(std::size_t at) { return std::min(line_feed_.from(at), carriage_return_.from(at)); }

  const std::string_view bytes;
  NextByte quote;

 private:
  NextByte line_feed_, carriage_return_;
};

/// In a blank line, or at its first byte.
std::size_t RecordScanner::through_line_start(Stretch& stretch, std::size_t at) {
  while (at < stretch.bytes.size() && rules_.is_blank(stretch.bytes[at])) {
    state_ = RecordState::blank_line;
    ++at;
  }
  if (at == stretch.bytes.size()) return at;
  const bool is_indented = state_ == RecordState::blank_line;
  state_ = is_indented ? RecordState::in_field : RecordState::field_start;
  if (stretch.line_end(at) != at) ++records_;
  return at;
}

/// Outside of quotes: to the end of the line, or to a quote.
std::size_t RecordScanner::through_field(Stretch& stretch, std::size_t at) {
  const std::string_view bytes = stretch.bytes;
  const std::size_t line_end = stretch.line_end(at), quote = stretch.quote.from(at);
  if (quote < line_end) {
    const bool opens = quote == at ? state_ == RecordState::field_start : bytes[quote - 1] == rules_.delimiter;
    state_ = opens ? RecordState::quoted : RecordState::in_field;
    if (opens) last_quote_ = scanned_ + quote;
    return quote + 1;
  }
  if (line_end == bytes.size()) {
    state_ = bytes.back() == rules_.delimiter ? RecordState::field_start : RecordState::in_field;
    return line_end;
  }
  state_ = bytes[line_end] == '\n' ? RecordState::record_start : RecordState::carriage_return;
  return line_end + 1;
}

std::size_t RecordScanner::through_quotes(Stretch& stretch, std::size_t at) {
  const std::size_t quote = stretch.quote.from(at);
  if (!rules_.has_line_breaks_in_quotes) {
    const std::size_t line_end = stretch.line_end(at);
    if (line_end < quote) {
      if (!broken_quote_) broken_quote_ = last_quote_;
      state_ = RecordState::in_field;
      return line_end;
    }
  }
  if (quote == stretch.bytes.size()) return quote;
  state_ = RecordState::quote_in_quoted;
  return quote + 1;
}

std::size_t RecordScanner::advance(std::string_view bytes, bool is_to_line_start) {
  Stretch stretch(bytes, rules_);
  std::size_t at = 0;
  bool is_line_over = false;
  while (at < bytes.size() && !(is_line_over && is_to_line_start)) {
    switch (state_) {
      case RecordState::record_start:
      case RecordState::blank_line:
        at = through_line_start(stretch, at);
        break;
      case RecordState::carriage_return:
        if (bytes[at] == '\n') ++at;
        state_ = RecordState::record_start;
        break;
      case RecordState::field_start:
      case RecordState::in_field:
        at = through_field(stretch, at);
        break;
      case RecordState::quoted:
        at = through_quotes(stretch, at);
        break;
      case RecordState::quote_in_quoted:
        state_ = bytes[at] == '"' ? RecordState::quoted : RecordState::in_field;
        if (state_ == RecordState::quoted) ++at;
        break;
    }
    is_line_over = is_at_line_start();
  }
  scanned_ += at;
  return at;
}

}  // namespace prs
