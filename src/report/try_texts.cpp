#include "report/try_texts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "report/csv.hpp"
#include "report/tries_file.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

// A line is far shorter: its texts are bounded (try_rows.cpp).
constexpr std::size_t most_line_bytes = 64 << 10;
constexpr std::size_t most_open = 64;
/// One more where the worker says when the try ended.
enum Column : std::size_t { status_column = 10, category_column = 11, message_column = 12, columns = 14 };

template <typename Number>
bool take_number(std::string_view& line, Number& number) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end == line.data() + line.size() || *end != ',') return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  return true;
}

void report_line(std::string_view line, TryRowPlace place, const std::function<void(const TryRowPlace&)>& on_row) {
  place.length_bytes = static_cast<std::uint32_t>(line.size());
  if (line.size() > most_line_bytes) return;
  if (take_number(line, place.mini_batch.value) && take_number(line, place.dequeue_count)) on_row(place);
}

void read_file_rows(const std::string& path, std::uint32_t file,
                    const std::function<void(const TryRowPlace&)>& on_row) {
  read_whole_lines(path, [&](std::string_view lines, std::uint64_t offset) {
    std::size_t begin = 0;
    for (std::size_t end; (end = lines.find('\n', begin)) != std::string_view::npos; begin = end + 1)
      report_line(lines.substr(begin, end - begin), {{}, 0, file, offset + begin, 0}, on_row);
  });
}

}  // namespace

void read_try_rows(const std::vector<std::string>& files, const std::function<void(const TryRowPlace&)>& on_row) {
  for (std::size_t i = 0; i < files.size(); ++i) read_file_rows(files[i], static_cast<std::uint32_t>(i), on_row);
}

TryTexts::TryTexts(std::vector<std::string> files, const std::vector<Outcome>& wanted) : files_(std::move(files)) {
  if (wanted.empty()) return;
  open_.resize(files_.size());
  places_.reserve(wanted.size());
  for (const Outcome& outcome : wanted) places_.push_back({outcome.mini_batch, outcome.dequeue_count, 0, 0, 0});
  read_try_rows(files_, [this](const TryRowPlace& found) {
    const auto place = place_of(found.mini_batch);
    if (place != places_.end() && place->dequeue_count == found.dequeue_count) *place = found;
  });
}

std::vector<TryRowPlace>::iterator TryTexts::place_of(MiniBatchIndex mini_batch) {
  const auto place = std::lower_bound(places_.begin(), places_.end(), mini_batch,
                                      [](const TryRowPlace& a, MiniBatchIndex b) { return a.mini_batch < b; });
  return place != places_.end() && place->mini_batch == mini_batch ? place : places_.end();
}

std::optional<Failure> TryTexts::text_of(const Outcome& outcome) {
  const auto place = place_of(outcome.mini_batch);
  if (place == places_.end() || place->length_bytes == 0 || place->dequeue_count != outcome.dequeue_count) return {};
  const std::string& path = files_[place->file];
  // Lines of one file come again and again; how many stay open is bounded, as descriptors are.
  if (opened_ >= most_open) {
    for (UniqueFd& other : open_) other.reset();
    opened_ = 0;
  }
  UniqueFd& file = open_[place->file];
  if (!file) {
    file = open_file(path, O_RDONLY);
    ++opened_;
  }
  std::string line(place->length_bytes, '\0');
  if (pread_some(file.get(), {line.data(), line.size()}, place->offset_bytes, path) != line.size()) return {};
  std::vector<std::string> fields;
  if (!split_csv_line(line, fields) || (fields.size() != columns && fields.size() != columns + 1)) return {};
  if (fields[status_column] != name_of(outcome.status)) return {};
  return Failure{std::move(fields[category_column]), std::move(fields[message_column]), {}};
}

}  // namespace prs
