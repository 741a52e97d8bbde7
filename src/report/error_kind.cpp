#include "report/error_kind.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace prs {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_path(char c) {
  return static_cast<unsigned char>(c) > ' ' && std::string_view("\"'`()[]{}<>,;=|").find(c) == std::string_view::npos;
}

/// Goes over a message once and writes its kind.
class Normalizer {
 public:
  Normalizer(std::string_view text, std::string& kind) : text_(text), kind_(kind) {}

  void run() {
    while (at_ < text_.size()) {
      if (skip_quoted() || skip_path() || skip_word() || skip_sign_or_point()) continue;
      kind_ += text_[at_++];
    }
  }

 private:
  char peek(std::size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  char before(std::size_t offset) const { return at_ >= offset ? text_[at_ - offset] : '\0'; }
  bool kind_ends_with(std::string_view end) const { return std::string_view(kind_).ends_with(end); }

  /// '…', "…" or `…`; an apostrophe inside a word opens nothing. Python's b'…' and its like do.
  bool skip_quoted() {
    const char quote = text_[at_];
    if (quote != '\'' && quote != '"' && quote != '`') return false;
    if (is_word(before(1)) && is_word(before(2))) return false;
    const std::optional<std::size_t> end = closing(quote);
    if (!end) return false;
    at_ = *end + 1;
    kind_ += "'#'";
    return true;
  }

  std::optional<std::size_t> closing(char quote) const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote && (i + 1 == text_.size() || !is_word(text_[i + 1]))) {
        return i;
      }
    }
    return std::nullopt;
  }

  /// Whatever has a slash in it.
  bool skip_path() {
    if (is_path(before(1)) || !is_path(text_[at_])) return false;
    std::size_t end = at_;
    while (end < text_.size() && is_path(text_[end])) ++end;
    while (end > at_ && (text_[end - 1] == ':' || text_[end - 1] == '.')) --end;
    const std::string_view run = text_.substr(at_, end - at_);
    if (run.size() < 2 || run.find('/') == std::string_view::npos) return false;
    at_ = end;
    kind_ += "<path>";
    return true;
  }

  /// A word without its digits; hexadecimal numbers vanish whole.
  bool skip_word() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end == at_) return false;
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    if (is_exponent(word)) {
      ++at_;
      return true;
    }
    if (is_number(word)) {
      add_number();
      return true;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (!is_digit(word[i])) {
        kind_ += word[i];
      } else if (i == 0 || !is_digit(word[i - 1])) {
        add_number();
      }
    }
    return true;
  }

  bool is_number(std::string_view word) const {
    if (word.starts_with("0x") || word.starts_with("0X")) return true;
    if (!std::all_of(word.begin(), word.end(), is_hex)) return false;
    if (kind_ends_with("#-") && word.size() >= 4) return true;  // a part of a UUID
    return is_digit(word[0]) || (word.size() >= 4 && std::any_of(word.begin(), word.end(), is_digit));
  }

  /// "1e" of "1e-05": what comes behind the sign is the number's end.
  bool is_exponent(std::string_view word) const {
    return is_digit(word[0]) && (word.back() == 'e' || word.back() == 'E') && (peek(0) == '-' || peek(0) == '+') &&
           is_digit(peek(1));
  }

  /// Lists of numbers are of one kind, however long they are.
  void add_number() {
    for (const std::string_view separator : {"#, ", "#,", "# ", "#"})
      if (kind_ends_with(separator)) {
        kind_.resize(kind_.size() - separator.size());
        break;
      }
    kind_ += '#';
  }

  bool skip_sign_or_point() {
    const char c = text_[at_];
    const bool is_sign = (c == '-' || c == '+') && !is_word(before(1)) && is_digit(peek(1));
    const bool is_point = c == '.' && kind_ends_with("#") && !is_letter(peek(1));
    if (!is_sign && !is_point) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::string& kind_;
  std::size_t at_ = 0;
};

}  // namespace

std::string error_kind(const Failure& failure) {
  constexpr std::size_t most_bytes = 512;
  std::string kind;
  kind.reserve(failure.category.size() + 1 + std::min(failure.message.size(), most_bytes) + 8);
  kind = failure.category;
  kind += '\0';
  Normalizer(std::string_view(failure.message).substr(0, most_bytes), kind).run();
  return kind;
}

}  // namespace prs
