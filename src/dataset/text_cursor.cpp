#include "dataset/text_cursor.hpp"

#include <algorithm>
#include <cstring>

namespace prs {
namespace {

/// Read at once, and gone through while it is in the processor's cache.
constexpr std::uint64_t most_step_bytes = std::uint64_t{256} * 1024;
/// Read at once behind the end of a piece, where most often less is needed.
constexpr std::uint64_t least_step_bytes = std::uint64_t{16} * 1024;

}  // namespace

void TextCursor::open(std::unique_ptr<TextSource> source, std::uint64_t begin) {
  source_ = std::move(source);
  begin_ = begin;
}

bool TextCursor::read_more(std::uint64_t end) {
  const std::uint64_t read_to = begin_ + filled_;
  const std::uint64_t step = std::clamp(end - std::min(end, read_to), least_step_bytes, most_step_bytes);
  data_ = memory_.room(front_bytes_ + filled_ + step).data() + front_bytes_;
  const std::size_t got = source_->read({data_ + filled_, static_cast<std::size_t>(step)});
  filled_ += got;
  return got > 0;
}

std::string_view TextCursor::ahead(std::size_t bytes) {
  while (ahead_bytes() < bytes && read_more(place() + bytes)) continue;
  return {data_ + at_, std::min(ahead_bytes(), bytes)};
}

void TextCursor::forget() {
  if (at_ == 0) return;
  filled_ -= at_;
  std::memmove(data_, data_ + at_, filled_);
  begin_ += at_;
  at_ = 0;
}

std::string_view TextCursor::units_to(std::uint64_t end) {
  while (ahead_bytes() < layout_.unit_bytes)
    if (!read_more(end == no_end ? place() : end)) return {};
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(ahead_bytes(), end - place()));
  if (layout_.unit_bytes == 1) return {data_ + at_, bytes};
  narrow(layout_, {data_ + at_, bytes}, units_);
  return units_;
}

bool TextCursor::scan(RecordScanner& scanner, std::uint64_t end) {
  while (place() < end) {
    const std::string_view units = units_to(end);
    if (units.empty()) return false;
    scanner.scan(units);
    pass(units.size() * layout_.unit_bytes);
  }
  return true;
}

bool TextCursor::scan_line(RecordScanner& scanner, std::uint64_t end) {
  while (place() < end) {
    const std::string_view units = units_to(end);
    if (units.empty()) return false;
    pass(scanner.scan_line(units) * layout_.unit_bytes);
    if (scanner.is_at_line_start()) return true;
  }
  return true;
}

}  // namespace prs
