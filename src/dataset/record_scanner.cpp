#include "dataset/record_scanner.hpp"

#include <bit>
#include <cstdint>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace prs {
namespace {

/// The bytes of a text that end a line or are a quote, one after the other. Sixty-four are looked at at once.
class MarkedBytes {
 public:
  MarkedBytes(std::string_view text, const RecordRules& rules)
      : text_(text),
        quote_(rules.has_quotes ? '"' : '\n'),
        carriage_return_(rules.ends_at_carriage_return ? '\r' : '\n') {}
  /// The first of them from `at` on, or the end of the text.
  std::size_t from(std::size_t at) {
    if (at < block_ || at >= block_ + block_bytes) look_at(at - at % block_bytes);
    std::uint64_t left = at < text_.size() ? marks_ >> (at - block_) << (at - block_) : 0;
    while (left == 0) {
      if (block_ + block_bytes >= text_.size()) return text_.size();
      look_at(block_ + block_bytes);
      left = marks_;
    }
    return block_ + static_cast<std::size_t>(std::countr_zero(left));
  }

 private:
  static constexpr std::size_t block_bytes = 64;

  void look_at(std::size_t block) {
    block_ = block;
    if (block + block_bytes <= text_.size()) {
      marks_ = marks_of(text_.data() + block);
      return;
    }
    marks_ = 0;
    for (std::size_t at = block; at < text_.size(); ++at)
      marks_ |= static_cast<std::uint64_t>(is_marked(text_[at])) << (at - block);
  }
  bool is_marked(char byte) const { return byte == '\n' || byte == carriage_return_ || byte == quote_; }
  std::uint64_t marks_of(const char* block) const {
    std::uint64_t marks = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8(quote_), carriage_return = _mm_set1_epi8(carriage_return_);
    for (std::size_t at = 0; at < block_bytes; at += sizeof(__m128i)) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + at));
      const __m128i ends =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(bytes, carriage_return));
      const int found = _mm_movemask_epi8(_mm_or_si128(ends, _mm_cmpeq_epi8(bytes, quote)));
      marks |= static_cast<std::uint64_t>(static_cast<unsigned>(found)) << at;
    }
#else
    for (std::size_t at = 0; at < block_bytes; ++at) marks |= static_cast<std::uint64_t>(is_marked(block[at])) << at;
#endif
    return marks;
  }

  std::string_view text_;
  char quote_, carriage_return_;
  std::size_t block_ = SIZE_MAX - block_bytes;  ///< where the bytes begin that `marks_` is of; first: nowhere
  std::uint64_t marks_ = 0;                     ///< a bit for each byte, the lowest for the first
};

bool is_line_end(char byte, const RecordRules& rules) {
  return byte == '\n' || (byte == '\r' && rules.ends_at_carriage_return);
}

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
struct RecordScanner::Stretch {
  Stretch(std::string_view text, const RecordRules& rules) : bytes(text), marked(text, rules) {}

  const std::string_view bytes;
  MarkedBytes marked;
};

/// From the start of a line through whole records of the usual form, each on a line of its own. Nearly all are such;
/// the automaton goes through the others.
std::size_t RecordScanner::through_usual_records(Stretch& stretch, std::size_t at) {
  while (at < stretch.bytes.size()) {
    const std::size_t next = behind_usual_record(stretch, at);
    if (next == at) break;
    ++records_;
    at = next;
  }
  return at;
}

/// `begin` itself where the record is of another form: it is blank or indented, ends with a lone \r, has a quote or a
/// line break in quotes, or goes on behind the stretch.
std::size_t RecordScanner::behind_usual_record(Stretch& stretch, std::size_t begin) {
  const std::string_view bytes = stretch.bytes;
  if (rules_.is_blank(bytes[begin]) || is_line_end(bytes[begin], rules_)) return begin;
  for (std::size_t at = begin;;) {
    const std::size_t marked = stretch.marked.from(at);
    if (marked + 1 >= bytes.size()) return marked < bytes.size() && bytes[marked] == '\n' ? marked + 1 : begin;
    if (bytes[marked] == '\n') return marked + 1;
    if (bytes[marked] == '\r') return bytes[marked + 1] == '\n' ? marked + 2 : begin;
    at = marked + 1;
    if (marked != begin && bytes[marked - 1] != rules_.delimiter) continue;  // in the middle of a field it is text
    const std::size_t end = stretch.marked.from(at);
    if (end + 1 >= bytes.size() || bytes[end] != '"' || bytes[end + 1] == '"') return begin;
    last_quote_ = scanned_ + marked;
    at = end + 1;
  }
}

/// In a blank line, or at its first byte.
std::size_t RecordScanner::through_line_start(Stretch& stretch, std::size_t at) {
  while (at < stretch.bytes.size() && rules_.is_blank(stretch.bytes[at])) {
    state_ = RecordState::blank_line;
    ++at;
  }
  if (at == stretch.bytes.size()) return at;
  const bool is_indented = state_ == RecordState::blank_line;
  state_ = is_indented ? RecordState::in_field : RecordState::field_start;
  if (!is_line_end(stretch.bytes[at], rules_)) ++records_;
  return at;
}

/// Outside of quotes: to the end of the line, or to a quote.
std::size_t RecordScanner::through_field(Stretch& stretch, std::size_t at) {
  const std::string_view bytes = stretch.bytes;
  const std::size_t marked = stretch.marked.from(at);
  if (marked == bytes.size()) {
    state_ = bytes.back() == rules_.delimiter ? RecordState::field_start : RecordState::in_field;
    return marked;
  }
  if (is_line_end(bytes[marked], rules_)) {
    state_ = bytes[marked] == '\n' ? RecordState::record_start : RecordState::carriage_return;
    return marked + 1;
  }
  const bool opens = marked == at ? state_ == RecordState::field_start : bytes[marked - 1] == rules_.delimiter;
  state_ = opens ? RecordState::quoted : RecordState::in_field;
  if (opens) last_quote_ = scanned_ + marked;
  return marked + 1;
}

std::size_t RecordScanner::through_quotes(Stretch& stretch, std::size_t at) {
  const std::string_view bytes = stretch.bytes;
  std::size_t marked = stretch.marked.from(at);
  while (marked < bytes.size() && rules_.has_line_breaks_in_quotes && bytes[marked] != '"')
    marked = stretch.marked.from(marked + 1);
  if (marked == bytes.size()) return marked;
  if (bytes[marked] != '"') {
    if (!broken_quote_) broken_quote_ = last_quote_;
    state_ = RecordState::in_field;
    return marked;
  }
  state_ = RecordState::quote_in_quoted;
  return marked + 1;
}

std::size_t RecordScanner::advance(std::string_view bytes, bool is_to_line_start) {
  Stretch stretch(bytes, rules_);
  std::size_t at = 0;
  bool is_line_over = false;
  while (at < bytes.size() && !(is_line_over && is_to_line_start)) {
    switch (state_) {
      case RecordState::record_start:
        if (!is_to_line_start) at = through_usual_records(stretch, at);
        if (at < bytes.size()) at = through_line_start(stretch, at);
        break;
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
