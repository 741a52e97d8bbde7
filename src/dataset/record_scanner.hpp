#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/table_options.hpp"

namespace prs {

/// Which bytes of a text table end a record, and which open a quoted field.
struct RecordRules {
  char delimiter = ',';
  bool has_quotes = true;                  ///< false: JSON lines, where a line is a record
  bool has_line_breaks_in_quotes = false;  ///< support_multi_line; else a line break always ends the record
  bool ends_at_carriage_return = true;     ///< false: JSON lines, where a lone \r is white space

  static RecordRules of(const TableOptions& options);
  /// The same, where only the ends of lines are of interest.
  RecordRules without_quotes() const;
  /// A line of these bytes alone is no record. It is skipped, as pandas skips it.
  bool is_blank(char byte) const {
    if (byte == delimiter && has_quotes) return false;
    return byte == ' ' || byte == '\t' || (byte == '\r' && !ends_at_carriage_return);
  }
};

//  record_start ──blank──▶ blank_line ──other──▶ in_field ◀──other── quote_in_quoted ◀──"── quoted
//       │                                          │  ▲                 │       └────"────▶ ▲
//       │ else as field_start              delimiter  other        delimiter                 "
//       ▼                                          ▼  │                 │                    │
//  field_start ◀───────────────────────────────────┴──┼─────────────────┘                    │
//       └─────────────────────────────────────────────┴──────────────────────────────────────┘
//  \n leads to record_start, and \r to carriage_return, from all but quoted. There a \n leads to record_start, and any
//  other byte is taken as in record_start.
/// Where in the text a place is: what was read before it is all in this. The automaton is that of pandas' C tokenizer:
/// a quote opens a quoted field only at the start of a field, "" in it is a quote, and what follows its end goes on
/// without quotes. Line ends are \n, \r\n and a lone \r.
enum class RecordState : std::uint8_t {
  record_start,     ///< a line begins here
  carriage_return,  ///< the same, but a \n here still belongs to the line before
  blank_line,
  field_start,
  in_field,
  quoted,
  quote_in_quoted,  ///< behind a quote that ends the field, or is the first of two
};
constexpr std::size_t record_state_count = 7;

/// Goes through the text of a table, in stretches of any length: counts its records, and finds where lines begin.
/// Pure. A record is a line that is not blank; with line breaks in quotes it may be several.
class RecordScanner {
 public:
  explicit RecordScanner(const RecordRules& rules, RecordState state = RecordState::record_start)
      : rules_(rules), state_(state) {}

  void scan(std::string_view bytes) { advance(bytes, false); }
  /// Goes on to where the next line begins. Returns how many bytes that took: all, where the line may not be over yet.
  /// At the start of a line it goes through that whole line; behind a \r it may take no byte at all.
  std::size_t scan_line(std::string_view bytes) { return advance(bytes, true); }

  RecordState state() const { return state_; }
  bool is_at_line_start() const { return state_ == RecordState::record_start; }
  /// Records of which a byte that is not blank was seen.
  std::uint64_t records() const { return records_; }
  /// Where the last quoted field was opened, counted from the first byte scanned.
  std::uint64_t last_quote() const { return last_quote_; }
  /// The first quoted field that a line break ended, where none may stand in quotes: where it was opened.
  std::optional<std::uint64_t> broken_quote() const { return broken_quote_; }

 private:
  struct Stretch;
  std::size_t advance(std::string_view bytes, bool is_to_line_start);
  std::size_t through_usual_records(Stretch& stretch, std::size_t at);
  std::size_t behind_usual_record(Stretch& stretch, std::size_t begin);
  std::size_t through_line_start(Stretch& stretch, std::size_t at);
  std::size_t through_field(Stretch& stretch, std::size_t at);
  std::size_t through_quotes(Stretch& stretch, std::size_t at);

  RecordRules rules_;
  RecordState state_;
  std::uint64_t scanned_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t last_quote_ = 0;
  std::optional<std::uint64_t> broken_quote_;
};

}  // namespace prs
