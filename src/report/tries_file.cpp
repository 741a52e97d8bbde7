#include "report/tries_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include "report/csv.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t block_bytes = 1 << 20;
constexpr std::string_view head_begin = "#,";

UniqueFd open_if_there(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file || errno == ENOENT || errno == ENOTDIR) return file;
  return open_file(path, O_RDONLY);  // tries once more, and tells
}

/// Fields without quotes, one after the other; what is no such field makes it bad for good.
class Fields {
 public:
  explicit Fields(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}
  bool is_good() const { return is_good_; }

  template <typename Number>
  void take(Number& number) {
    const auto [end, error] = std::from_chars(at_, end_, number);
    is_good_ = is_good_ && error == std::errc() && end != end_ && *end == ',';
    if (is_good_) at_ = end + 1;
  }
  /// "12.345678"; nothing counts as none.
  void take_microseconds(std::uint64_t& microseconds) {
    constexpr int digits = 6;
    std::uint64_t number = 0;
    int behind_point = -1;
    for (; at_ != end_ && *at_ != ','; ++at_) {
      if (*at_ == '.' && behind_point < 0) {
        behind_point = 0;
        continue;
      }
      if (*at_ < '0' || *at_ > '9' || behind_point == digits) return fail();
      number = number * 10 + static_cast<std::uint64_t>(*at_ - '0');
      if (behind_point >= 0) ++behind_point;
    }
    if (at_ == end_) return fail();
    ++at_;
    for (int place = behind_point < 0 ? 0 : behind_point; place < digits; ++place) number *= 10;
    microseconds = number;
  }
  std::string_view take_text() {
    const char* begin = at_;
    while (at_ != end_ && *at_ != ',' && *at_ != '"') ++at_;
    const std::string_view text(begin, static_cast<std::size_t>(at_ - begin));
    if (at_ == end_ || *at_ != ',')
      fail();
    else
      ++at_;
    return text;
  }
  /// What follows.
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  bool is_empty_next() const { return at_ != end_ && *at_ == ','; }

 private:
  void fail() {
    is_good_ = false;
    at_ = end_;
  }

  const char* at_;
  const char* end_;
  bool is_good_ = true;
};

std::string_view take_line(std::string_view& lines) {
  const std::string_view line = lines.substr(0, lines.find('\n'));
  lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  return line;
}

/// Bytes behind the detail, which stands in quotes: a comma, and when the try ended. 0: there are none.
std::size_t bytes_of_end(std::string_view line) {
  const std::size_t before = line.find_last_not_of("0123456789");
  if (before == std::string_view::npos || before == 0 || before + 1 == line.size()) return 0;
  return line[before] == ',' && line[before - 1] == '"' ? line.size() - before : 0;
}

}  // namespace

std::string text_of(const TriesFileHead& head) {
  std::string text(head_begin);
  append_csv_field(text, head.node);
  append_csv_field(text += ',', head.process);
  return text += '\n';
}

std::uint64_t read_whole_lines(const std::string& path,
                               const std::function<void(std::string_view lines, std::uint64_t offset_bytes)>& on_lines,
                               std::uint64_t from_bytes) {
  std::uint64_t offset = from_bytes;  // where the next line, and the block, begins
  const UniqueFd from = open_if_there(path);
  if (!from) return offset;
  std::vector<char> block(block_bytes);
  while (const std::size_t got = pread_some(from.get(), block, offset, path)) {
    const std::string_view text(block.data(), got);
    const std::size_t last_break = text.rfind('\n');
    if (last_break == std::string_view::npos && got < block.size()) return offset;
    if (last_break != std::string_view::npos) on_lines(text.substr(0, last_break + 1), offset);
    offset += last_break == std::string_view::npos ? got : last_break + 1;
  }
  return offset;
}

std::optional<TriesFileHead> take_head(std::string_view& first_lines) {
  if (!first_lines.starts_with(head_begin)) return std::nullopt;
  std::vector<std::string> fields;
  if (!split_csv_line(take_line(first_lines), fields) || fields.size() != 3) return TriesFileHead{};
  return TriesFileHead{std::move(fields[1]), std::move(fields[2])};
}

std::optional<TryLine> take_try_line(std::string_view& lines) {
  Fields fields(take_line(lines));
  TryLine line;
  std::uint32_t failed = 0;
  fields.take(line.outcome.mini_batch.value);
  fields.take(line.outcome.dequeue_count);
  line.process = fields.take_text();
  line.process_started = fields.take_text();
  fields.take(line.outcome.items);
  fields.take(line.outcome.succeeded);
  fields.take(failed);
  line.is_measured = !fields.is_empty_next();
  fields.take_microseconds(line.elapsed_microseconds);
  fields.take_microseconds(line.process_microseconds);
  fields.take_microseconds(line.run_microseconds);
  const auto status = try_status_of(fields.take_text());
  if (!fields.is_good() || !status) return std::nullopt;
  line.outcome.status = *status;
  line.texts = fields.rest();
  if (const std::size_t bytes = bytes_of_end(line.texts); bytes > 0) {
    const char* const end = line.texts.data() + line.texts.size();
    std::from_chars(end - bytes + 1, end, line.ended_unix_microseconds);
    line.texts.remove_suffix(bytes);
  }
  return line;
}

std::string without_ends(std::string_view lines) {
  std::string kept;
  kept.reserve(lines.size());
  while (!lines.empty()) {
    const std::string_view line = take_line(lines);
    kept.append(line.substr(0, line.size() - bytes_of_end(line))) += '\n';
  }
  return kept;
}

}  // namespace prs
