#pragma once

#include <string>
#include <vector>

#include "prs/configuration_error.hpp"

namespace prs {

/// Where a value stands: a source of Notes, and line and column from 1 (0 for what has none, such as an option).
struct SourcePlace {
  int source = 0;
  int line = 0;
  int column = 0;
};

/// A file or a command-line option that values come from.
struct Source {
  std::string name;         ///< as people know it: the file as it was named, or `--set run_max_try=5`
  std::string folder;       ///< what its paths are relative to (rule 2.5), absolute
  bool is_lenient = false;  ///< v1: unknown and doubled keys are warnings there (rule 2.6)
};

/// Everything that one load finds wrong or worth a warning, in one place, so that all of it is reported (rule 2.6).
/// Made by each load; never printed here.
class Notes {
 public:
  int add_source(Source source);
  const Source& source_of(const SourcePlace& place) const { return sources_[static_cast<std::size_t>(place.source)]; }
  const Source& source(int index) const { return sources_[static_cast<std::size_t>(index)]; }

  /// From now on the source counts as v1; its dialect is known only after it was read.
  void make_lenient(int source) { sources_[static_cast<std::size_t>(source)].is_lenient = true; }

  void mistake(const SourcePlace& place, std::string message) { add(Kind::mistake, place, std::move(message)); }
  void warning(const SourcePlace& place, std::string message) { add(Kind::warning, place, std::move(message)); }
  /// A mistake, or in a lenient source a warning.
  void mistake_or_warning(const SourcePlace& place, std::string message) {
    add(Kind::by_source, place, std::move(message));
  }

  /// No more are kept, so no more need to be looked for: a hostile file must not cost minutes of nearest names.
  bool is_full() const { return notes_.size() > most_notes; }
  /// Throws ConfigurationError with all mistakes, in the order of the files.
  void throw_mistakes() const;
  /// All warnings, "file:line:column: …", in the order of the files.
  std::vector<std::string> warnings() const;

 private:
  enum class Kind { mistake, warning, by_source };
  struct Note {
    Kind kind;
    SourcePlace place;
    std::string message;
  };
  static constexpr std::size_t most_notes = 1000;

  void add(Kind kind, const SourcePlace& place, std::string message);
  std::vector<ConfigurationMistake> sorted(bool are_mistakes) const;

  std::vector<Source> sources_;
  std::vector<Note> notes_;
};

}  // namespace prs
