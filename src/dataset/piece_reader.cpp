#include "dataset/piece_reader.hpp"

#include <algorithm>
#include <cstring>

#include "dataset/compression.hpp"
#include "dataset/open_quote.hpp"
#include "dataset/record_scanner.hpp"
#include "dataset/text_cursor.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::size_t beginning_bytes = 4096;

class OwnMemory final : public GrowingMemory {
 public:
  std::span<char> room(std::size_t bytes) override {
    if (bytes > bytes_.size()) bytes_.resize(std::max(bytes, 2 * bytes_.size()));
    return bytes_;
  }

 private:
  std::string bytes_;
};

bool is_utf8(TextEncoding encoding) {
  return TextLayout{.encoding = encoding}.is_utf8();
}

/// The line without its end: no header has an empty name of a column.
std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

class PieceReader {
 public:
  PieceReader(const TablePiece& piece, const PieceRules& rules, GrowingMemory& memory, std::size_t used_bytes)
      : piece_(piece),
        rules_(rules),
        records_(RecordRules::of(rules.options)),
        is_compressed_(compression_of(piece.path) != Compression::none),
        memory_(memory),
        used_bytes_(used_bytes),
        text_(is_utf8(rules.options.encoding) ? memory : own_memory_,
              is_utf8(rules.options.encoding) ? used_bytes : 0) {}

  LoadedPiece read();
  std::string header();

 private:
  [[noreturn]] void fail(std::uint64_t place, const std::string& text) const {
    throw PieceError{piece_.path, place, text};
  }
  [[noreturn]] void fail_encoding(std::uint64_t place) const {
    fail(place, "this byte is no text in " + std::string(name_of(rules_.options.encoding)) +
                    "; correct 'encoding', or mend the file");
  }
  void settle_layout(std::string_view beginning);
  bool go_to_first_line();
  bool go_to_line_behind(std::uint64_t begin);
  RecordState state_behind(std::string_view unit) const;
  bool is_blank_before(std::uint64_t place) const;
  bool is_blank(std::string_view text) const;
  void pass_header(RecordScanner& scanner, LoadedPiece& loaded);
  void pass_records(RecordScanner& scanner);
  void check(const RecordScanner& scanner) const;
  void refuse_rest_of_quotes(std::string_view text) const;
  [[noreturn]] void fail_broken_quote(std::uint64_t place) const;
  std::string header_in_utf8(std::uint64_t begin);
  void write_utf8(std::uint64_t begin, LoadedPiece& loaded);

  const TablePiece& piece_;
  const PieceRules& rules_;
  const RecordRules records_;
  const bool is_compressed_;
  GrowingMemory& memory_;
  const std::size_t used_bytes_;
  OwnMemory own_memory_;  ///< for the bytes of the file where they are not UTF-8
  TextCursor text_;
  TextLayout layout_;
  std::string beginning_;                   ///< of the file
  std::uint64_t end_ = TextCursor::no_end;  ///< of the piece
  std::uint64_t first_line_ = 0;            ///< where the piece's first line begins
  std::uint64_t limit_ = 0;                 ///< nothing is read behind it
};

/// Outside of quotes. No line gets longer or shorter.
void end_lines_with_line_feeds(std::span<char> text, const RecordRules& rules) {
  if (!rules.ends_at_carriage_return) return;
  const std::string_view view(text.data(), text.size());
  RecordScanner scanner(rules);
  std::size_t scanned = 0;
  for (std::size_t at = view.find('\r'); at != std::string_view::npos; at = view.find('\r', at + 1)) {
    if (at + 1 < view.size() && view[at + 1] == '\n') continue;
    scanner.scan(view.substr(scanned, at + 1 - scanned));
    scanned = at + 1;
    if (scanner.state() == RecordState::carriage_return) text[at] = '\n';
  }
}

LoadedPiece PieceReader::read() {
  if (!go_to_first_line()) return {};
  text_.forget();  // now, while there is little behind it that has to move
  LoadedPiece loaded;
  RecordScanner scanner(records_);
  first_line_ = text_.place();
  limit_ = (is_compressed_ ? first_line_ : end_) + rules_.most_bytes;
  if (rules_.has_header && is_blank_before(first_line_)) pass_header(scanner, loaded);
  const std::uint64_t begin = text_.place(), headers = scanner.records();
  pass_records(scanner);
  loaded.records = scanner.records() - headers;
  loaded.begin = begin;
  write_utf8(begin, loaded);
  if (loaded.bytes == 0) return loaded;
  const std::span<char> text = memory_.room(0).subspan(used_bytes_, loaded.bytes);
  refuse_rest_of_quotes({text.data(), text.size()});
  if ((loaded.traits & lone_return) != 0) {
    end_lines_with_line_feeds(text, records_);
    loaded.traits = traits_of({text.data(), text.size()});
  }
  const bool is_cut_off = !scanner.is_at_line_start() && scanner.state() != RecordState::carriage_return;
  if (is_cut_off) {
    ++loaded.bytes;
    const std::span<char> ended = memory_.room(used_bytes_ + loaded.bytes).subspan(used_bytes_, loaded.bytes);
    ended.back() = '\n';
    loaded.traits = traits_of({ended.data(), ended.size()});
  }
  return loaded;
}

std::string PieceReader::header() {
  if (!go_to_first_line()) return {};
  LoadedPiece loaded;
  RecordScanner scanner(records_);
  first_line_ = text_.place();
  limit_ = first_line_ + rules_.most_bytes;
  pass_header(scanner, loaded);
  return std::move(loaded.header).value_or("");
}

void PieceReader::settle_layout(std::string_view beginning) {
  if (const std::string_view format = compressed_format(beginning); !format.empty() && !is_compressed_)
    fail(0, "the file is compressed by " + std::string(format) +
                "; text is read from .gz, .bz2 and .zst files, told by the ending of their names: rename it, or "
                "decompress it");
  const std::optional<TextLayout> layout = layout_of(rules_.options.encoding, beginning);
  if (!layout)
    fail(0, "the file does not begin with a byte order mark; set 'encoding' to utf-16-le or utf-16-be, or mend it");
  layout_ = *layout;
  text_.set_layout(layout_);
}

/// False where no line begins in the piece.
bool PieceReader::go_to_first_line() {
  if (is_compressed_) {
    text_.open(open_compressed(piece_.path), 0);
    settle_layout(text_.ahead(most_mark_bytes));
    text_.pass(layout_.mark_bytes);
    return true;
  }
  beginning_.resize(beginning_bytes);
  beginning_.resize(open_plain(piece_.path, 0)->read(beginning_));
  settle_layout(beginning_);
  const auto whole_units = [this](std::uint64_t place) { return place + place % layout_.unit_bytes; };
  end_ = whole_units(piece_.end);
  if (end_ <= layout_.mark_bytes) return false;
  const std::uint64_t begin = whole_units(piece_.begin);
  if (begin > layout_.mark_bytes) return go_to_line_behind(begin);
  text_.open(open_plain(piece_.path, layout_.mark_bytes), layout_.mark_bytes);
  return true;
}

/// To the first line that begins at `begin` or behind it: the code unit before it tells whether one does at once.
bool PieceReader::go_to_line_behind(std::uint64_t begin) {
  if (piece_.quote_state == unknown_quote_state)
    fail(begin,
         "where a record begins is not known here, since the file could not be read before, when its quotes "
         "were counted; the log of rank 0 says why");
  text_.open(open_plain(piece_.path, begin - layout_.unit_bytes), begin - layout_.unit_bytes);
  const RecordState state = state_behind(text_.ahead(layout_.unit_bytes));
  text_.pass(std::min(text_.ahead_bytes(), layout_.unit_bytes));
  const bool knows_quotes = records_.has_line_breaks_in_quotes;
  RecordScanner scanner(knows_quotes ? records_ : records_.without_quotes(), state);
  if (!scanner.is_at_line_start() && !text_.scan_line(scanner, end_))
    fail(text_.place(), "the file ends here, and was longer when the run was planned");
  return scanner.is_at_line_start() && text_.place() < end_;
}

/// The state that the piece came with. Without one a line break is taken as the end of a record.
RecordState PieceReader::state_behind(std::string_view unit) const {
  if (piece_.quote_state != 0) {
    PRS_INVARIANT(piece_.quote_state < record_state_count);
    return static_cast<RecordState>(piece_.quote_state);
  }
  std::string narrowed;
  if (layout_.unit_bytes == 2)
    narrow(layout_, unit, narrowed);
  else
    narrowed = unit;
  RecordScanner scanner(records_.without_quotes(), RecordState::in_field);
  scanner.scan(narrowed);
  return scanner.state();
}

/// No record begins before that place: the file's header record, then, does not either.
bool PieceReader::is_blank_before(std::uint64_t place) const {
  if (place == layout_.mark_bytes) return true;
  std::string step = beginning_;
  for (std::uint64_t begin = 0; begin < place && !step.empty(); begin += step.size()) {
    if (begin > 0) step.resize(open_plain(piece_.path, begin)->read(step));
    const std::uint64_t text_begin = begin == 0 ? layout_.mark_bytes : 0;
    const std::string_view text = std::string_view(step).substr(0, place - begin);
    if (!is_blank(text.substr(std::min<std::uint64_t>(text_begin, text.size())))) return false;
  }
  return true;
}

bool PieceReader::is_blank(std::string_view text) const {
  std::string units(text);
  if (layout_.unit_bytes == 2) narrow(layout_, text, units);
  return std::all_of(units.begin(), units.end(),
                     [this](char unit) { return unit == '\n' || unit == '\r' || records_.is_blank(unit); });
}

/// The first record of the file, with the blank lines before it.
void PieceReader::pass_header(RecordScanner& scanner, LoadedPiece& loaded) {
  std::uint64_t line = text_.place();
  bool is_more = true;
  while (is_more && scanner.records() == 0 && text_.place() < end_) {
    line = text_.place();
    is_more = text_.scan_line(scanner, limit_);
    check(scanner);
  }
  if (scanner.records() > 0) loaded.header = header_in_utf8(line);
}

void PieceReader::pass_records(RecordScanner& scanner) {
  const bool has_all = text_.scan(scanner, std::min(end_, limit_));
  check(scanner);
  if (has_all && !scanner.is_at_line_start()) text_.scan_line(scanner, limit_);
  check(scanner);
  const bool is_at_end = !has_all || !scanner.is_at_line_start();
  if (is_at_end && text_.ahead_bytes() > 0)
    fail(text_.place(), "the file ends with half a character of UTF-16; correct 'encoding', or mend it");
  if (is_at_end && scanner.state() == RecordState::quoted)
    fail(first_line_ + scanner.last_quote() * layout_.unit_bytes, "the quoted field that is opened here has no end");
  if (!has_all && !is_compressed_) fail(text_.place(), "the file ends here, and was longer when the run was planned");
}

void PieceReader::check(const RecordScanner& scanner) const {
  if (scanner.broken_quote()) fail_broken_quote(first_line_ + *scanner.broken_quote() * layout_.unit_bytes);
  if (text_.place() < limit_) return;
  const std::string most = std::to_string(rules_.most_bytes) + " bytes";
  if (is_compressed_)
    fail(limit_, "a compressed file is one mini-batch, and this one has more than " + most + " of text");
  fail(first_line_, "no line ends within " + most + " behind what was asked for; is there a quote too many?");
}

void PieceReader::fail_broken_quote(std::uint64_t place) const {
  fail(place,
       "the quoted field that is opened here goes over the end of its line; set support_multi_line: true, or mend it");
}

/// The piece may begin with the second half of such a field, which would pass for records of its own.
void PieceReader::refuse_rest_of_quotes(std::string_view text) const {
  const bool can_be = records_.has_quotes && !records_.has_line_breaks_in_quotes && !is_compressed_;
  if (!can_be || first_line_ <= layout_.mark_bytes || !may_begin_in_quotes(text, records_.delimiter)) return;
  if (const auto place = open_quote_before(piece_.path, first_line_, layout_, records_)) fail_broken_quote(*place);
}

std::string PieceReader::header_in_utf8(std::uint64_t begin) {
  const std::string_view text = text_.since(begin);
  if (layout_.is_utf8()) {
    if (const auto wrong = first_wrong_byte(layout_, text)) fail_encoding(begin + *wrong);
    return std::string(without_line_end(text));
  }
  OwnMemory memory;
  const Utf8Text utf8 = to_utf8(layout_, text, memory, 0);
  if (utf8.wrong_byte) fail_encoding(begin + *utf8.wrong_byte);
  return std::string(without_line_end({memory.room(0).data(), utf8.bytes}));
}

void PieceReader::write_utf8(std::uint64_t begin, LoadedPiece& loaded) {
  const std::string_view text = text_.since(begin);
  if (!layout_.is_utf8()) {
    const Utf8Text utf8 = to_utf8(layout_, text, memory_, used_bytes_);
    if (utf8.wrong_byte) fail_encoding(begin + *utf8.wrong_byte);
    loaded.bytes = utf8.bytes;
    loaded.traits = traits_of({memory_.room(0).data() + used_bytes_, utf8.bytes});
    return;
  }
  loaded.traits = traits_of(text);
  if ((loaded.traits & not_ascii) != 0)
    if (const auto wrong = first_wrong_byte(layout_, text)) fail_encoding(begin + *wrong);
  char* const wanted = memory_.room(0).data() + used_bytes_;
  if (!text.empty() && text.data() != wanted) std::memmove(wanted, text.data(), text.size());
  loaded.bytes = text.size();
}

}  // namespace

std::variant<std::string, PieceError> read_header(const std::string& path, const PieceRules& rules) {
  try {
    OwnMemory memory;
    const TablePiece beginning{path, 0, TextCursor::no_end - 1, 0};
    return PieceReader(beginning, rules, memory, 0).header();
  } catch (const PieceError& error) {
    return error;
  }
}

std::variant<LoadedPiece, PieceError> read_piece(const TablePiece& piece, const PieceRules& rules,
                                                 GrowingMemory& memory, std::size_t used_bytes) {
  try {
    return PieceReader(piece, rules, memory, used_bytes).read();
  } catch (const PieceError& error) {
    return error;
  }
}

}  // namespace prs
