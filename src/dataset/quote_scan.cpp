#include "dataset/quote_scan.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "dataset/text_encoding.hpp"
#include "dataset/text_source.hpp"
#include "support/errors.hpp"
#include "support/flat_bytes.hpp"

namespace prs {
namespace {

constexpr std::uint64_t buffer_bytes = 1 << 20;
constexpr std::size_t most_problem_bytes = 16 << 10;

TextLayout layout_of_file(const std::string& path, TextEncoding encoding) {
  std::string beginning(most_mark_bytes, '\0');
  beginning.resize(open_plain(path, 0)->read(beginning));
  if (const auto layout = layout_of(encoding, beginning)) return *layout;
  throw PieceError{path, 0, "the file does not begin with a byte order mark; set 'encoding' to utf-16-le or utf-16-be"};
}

/// Goes forward through the text of one piece, in its code units.
class QuoteScan {
 public:
  QuoteScan(const TablePiece& piece, const TableOptions& options, const std::function<void()>& pulse)
      : path_(piece.path),
        rules_(RecordRules::of(options)),
        layout_(layout_of_file(piece.path, options.encoding)),
        place_(place_of(piece.begin)),
        end_(place_of(piece.end)),
        source_(open_plain(piece.path, place_)),
        pulse_(pulse) {}

  /// From where the last one ended.
  RecordTransition step_to(std::uint64_t end) {
    RecordTransition transition;
    for (const std::uint64_t step_end = place_of(end); place_ < step_end;) {
      if (ahead_.empty()) read_more();
      const std::string_view text = ahead_.substr(0, static_cast<std::size_t>(step_end - place_));
      ahead_.remove_prefix(text.size());
      place_ += text.size();
      transition.extend(rules_, units_of(text));
    }
    return transition;
  }

 private:
  /// The first whole code unit from there on that is text.
  std::uint64_t place_of(std::uint64_t offset_bytes) const {
    return std::max<std::uint64_t>(offset_bytes + offset_bytes % layout_.unit_bytes, layout_.mark_bytes);
  }
  void read_more() {
    pulse_();
    buffer_.resize(static_cast<std::size_t>(std::min(buffer_bytes, end_ - place_)));
    ahead_ = std::string_view(buffer_).substr(0, source_->read(buffer_));
    if (ahead_.size() < buffer_.size())
      throw PieceError{path_, place_ + ahead_.size(), "the file ends here, and was longer when the run was planned"};
  }
  std::string_view units_of(std::string_view text) {
    if (layout_.unit_bytes == 1) return text;
    narrow(layout_, text, units_);
    return units_;
  }

  const std::string& path_;
  const RecordRules rules_;
  const TextLayout layout_;
  std::uint64_t place_, end_;
  std::unique_ptr<TextSource> source_;
  const std::function<void()>& pulse_;
  std::string buffer_, units_;
  std::string_view ahead_;  ///< in the buffer: read, and not gone through
};

}  // namespace

std::uint64_t step_count(std::uint64_t begin, std::uint64_t end, std::uint64_t step_bytes) {
  PRS_INVARIANT(begin < end && step_bytes > 0);
  return (end - 1) / step_bytes - begin / step_bytes + 1;
}

std::vector<RecordTransition> scan_quotes(const TablePiece& piece, const TableOptions& options,
                                          std::uint64_t step_bytes, const std::function<void()>& pulse) {
  QuoteScan scan(piece, options, pulse);
  std::vector<RecordTransition> steps(static_cast<std::size_t>(step_count(piece.begin, piece.end, step_bytes)));
  std::uint64_t end = piece.begin;
  for (RecordTransition& step : steps) {
    const std::uint64_t left_of_step = step_bytes - end % step_bytes;
    end = piece.end - end < left_of_step ? piece.end : end + left_of_step;
    step = scan.step_to(end);
  }
  return steps;
}

std::string to_bytes(const ScannedPieces& scanned) {
  FlatWriter writer;
  writer.put_text(std::string_view(scanned.problem).substr(0, most_problem_bytes));
  writer.put(static_cast<std::uint32_t>(scanned.steps.size()));
  for (const std::vector<RecordTransition>& steps : scanned.steps) {
    writer.put(static_cast<std::uint32_t>(steps.size()));
    for (const RecordTransition& step : steps) writer.put(step.bits());
  }
  return std::move(writer.bytes());
}

ScannedPieces scanned_pieces_of(std::string_view bytes) {
  FlatReader reader(bytes);
  ScannedPieces scanned;
  scanned.problem = reader.get_text();
  scanned.steps.resize(reader.get_count(sizeof(std::uint32_t)));
  for (std::vector<RecordTransition>& steps : scanned.steps) {
    steps.resize(reader.get_count(sizeof(std::uint32_t)));
    for (RecordTransition& step : steps) step = RecordTransition::of_bits(reader.get<std::uint32_t>());
  }
  if (!reader.is_at_end()) throw std::out_of_range("scanned pieces go on behind their end");
  return scanned;
}

}  // namespace prs
