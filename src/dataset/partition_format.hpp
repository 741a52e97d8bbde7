#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// Which parts of a path are the values of which keys (rule 3.6): a partition_format such as
/// `{state}/{date:yyyy/MM/dd}/*.csv`, or folders with names such as `state=WA`. Pure. Paths begin at the input's own
/// folder.
///
/// In a format a `{key}` is one or more bytes but '/', `*` is any number of them, and all else is itself. Where a path
/// fits in several ways, what stands first is as long as it can be: `{name}.{extension}` takes `a.b.csv` as `a.b` and
/// `csv`. A date form has yyyy and may have MM, dd, HH, mm, ss; its value is `2024-01-31T00:00:00`.
class PartitionFormat {
 public:
  /// Throws UserError that says what is wrong with it.
  static PartitionFormat parse(const std::string& text);
  /// Of `key=value` folders, with the keys that this path has. Throws UserError where it has none, or one twice.
  static PartitionFormat of_folders(std::string_view path);

  const std::vector<std::string>& keys() const { return keys_; }
  /// Whether it has the key in a date form.
  bool is_date(std::string_view key) const;
  /// The value of each key; nothing where the path does not fit.
  std::optional<std::vector<std::string>> values_of(std::string_view path) const;
  /// As the user wrote it, or `state=…/store=…`.
  const std::string& text() const { return text_; }

 private:
  enum class Kind { literal, any, key, digits, date_end };
  struct Part {
    Kind kind = Kind::literal;
    std::string text;     ///< of a literal; of digits what they are, such as "MM"
    std::size_t key = 0;  ///< of a key, of digits, and of the end of a date
  };
  class Match;

  void add_literal(std::string_view text);
  void add_key(std::string_view inside);
  void add_date(std::string_view form);
  [[noreturn]] void refuse(const std::string& why) const;

  std::string text_;
  std::vector<std::string> keys_;
  std::vector<Part> parts_;  ///< none: `key=value` folders
};

}  // namespace prs
