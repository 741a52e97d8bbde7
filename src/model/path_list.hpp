#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace prs {

/// Paths in one piece of text, each followed by a NUL; no other byte is special. The only code that cuts such texts.
/// A view: the text must stay. A text without its last NUL is taken as if it had one.
class PathList {
 public:
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    Iterator() = default;
    Iterator(std::string_view text, std::size_t begin) : text_(text), begin_(begin) {}

    std::string_view operator*() const { return text_.substr(begin_, text_.find('\0', begin_) - begin_); }
    Iterator& operator++() {
      const std::size_t end = text_.find('\0', begin_);
      begin_ = end == std::string_view::npos ? text_.size() : end + 1;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    /// To the path before: it ends one byte before this one begins, or with the text.
    Iterator& operator--() {
      const std::size_t last = begin_ - 1;
      const std::size_t before = last == 0 ? std::string_view::npos : text_.rfind('\0', last - 1);
      begin_ = before == std::string_view::npos ? 0 : before + 1;
      return *this;
    }
    Iterator operator--(int) {
      const Iterator before = *this;
      --*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return begin_ == other.begin_; }

   private:
    std::string_view text_;
    std::size_t begin_ = 0;
  };

  explicit PathList(std::string_view text) : text_(text) {}
  Iterator begin() const { return {text_, 0}; }
  Iterator end() const { return {text_, text_.size()}; }
  bool is_empty() const { return text_.empty(); }

 private:
  std::string_view text_;
};

}  // namespace prs
