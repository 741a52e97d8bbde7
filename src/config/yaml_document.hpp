#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/notes.hpp"

namespace prs {

struct YamlEntry;

/// A value of a YAML document with its place. Unlike yaml-cpp's own nodes it keeps apart what was quoted and what was
/// not, holds each alias resolved, and was counted while it was built, so that walking it is safe.
struct YamlValue {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  bool is_plain = false;  ///< a scalar without quotes: only such a one is a number or a boolean
  SourcePlace place;
  std::string text;                ///< of a scalar, never with a NUL
  std::vector<YamlValue> items;    ///< of a sequence
  std::vector<YamlEntry> entries;  ///< of a mapping, in the order of the file, each key once

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }
  /// The value of a key that is there and not null, else nullptr.
  const YamlValue* find(std::string_view key) const;
  /// Sets or replaces a key.
  void set(const std::string& key, YamlValue value);

  static YamlValue scalar_at(const SourcePlace& place, std::string text, bool is_plain = false);
  static YamlValue mapping_at(const SourcePlace& place);
};

struct YamlEntry {
  std::string key;
  SourcePlace key_place;
  YamlValue value;
  std::string written_as = {};  ///< its name in messages, where another dialect calls it otherwise

  const std::string& name() const { return written_as.empty() ? key : written_as; }
};

/// Reads one document. Every mistake goes to `notes`; nullopt where there is no usable tree. Never crashes, hangs or
/// takes more than about 200 MB, whatever the text is (rule 2.6). `has_lines` is false for an option's value.
std::optional<YamlValue> parse_yaml(std::string_view text, int source, Notes& notes, bool has_lines = true);

/// The same from a file of at most 16 MiB; what is no regular file is refused, since reading it may never end.
std::optional<YamlValue> read_yaml_file(const std::string& path, int source, Notes& notes);

}  // namespace prs
