#include "report/overview_file.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::string_view head_begin = "# Progress of the run started ";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(words.back().size());
  }
}

/// The numbers of a line, by the names in the header.
class Columns {
 public:
  explicit Columns(std::string_view header) {
    const auto names = words_of(header);
    for (std::size_t i = 0; i < names.size(); ++i) place_.emplace(names[i], i);
  }
  std::optional<OverviewPoint> point_of(std::string_view line) const {
    const auto words = words_of(line);
    if (words.size() != place_.size()) return std::nullopt;
    OverviewPoint point;
    point.elapsed_seconds = number<double>(words, "elapsed_s");
    Progress& progress = point.progress;
    progress.mini_batches = number<std::uint64_t>(words, "total");
    progress.done = number<std::uint64_t>(words, "done");
    progress.gave_up = number<std::uint64_t>(words, "gave_up");
    progress.failed = number<std::uint64_t>(words, "failed");
    progress.failed_items = number<std::uint64_t>(words, "failed_items");
    progress.running = number<std::uint64_t>(words, "running");
    progress.tries = number<std::uint64_t>(words, "tries");
    progress.workers_ready = number<std::uint32_t>(words, "ready");
    progress.workers = number<std::uint32_t>(words, "workers");
    return point;
  }

 private:
  template <typename Number>
  Number number(const std::vector<std::string_view>& words, std::string_view name) const {
    Number number{};
    if (const auto place = place_.find(name); place != place_.end()) {
      const std::string_view word = words[place->second];
      std::from_chars(word.data(), word.data() + word.size(), number);
    }
    return number;
  }
  std::map<std::string, std::size_t, std::less<>> place_;
};

/// In so long a time before each point that single mini-batches do not make a comb. What the file has is smoothed for
/// the time that is left, and on the last line it is that of the whole start.
void set_rates(std::vector<OverviewPoint>& points) {
  const double window = points.empty() ? 0 : std::max(1.0, points.back().elapsed_seconds / 40);
  for (std::size_t i = 1, before = 0; i < points.size(); ++i) {
    while (before + 1 < i && points[before + 1].elapsed_seconds <= points[i].elapsed_seconds - window) ++before;
    const std::uint64_t over = points[i].progress.over(), over_before = points[before].progress.over();
    const double seconds = points[i].elapsed_seconds - points[before].elapsed_seconds;
    if (over > over_before && seconds > 0) points[i].per_second = static_cast<double>(over - over_before) / seconds;
  }
}

}  // namespace

std::int64_t unix_microseconds_of(std::string_view utc_time) {
  struct tm parts {};
  const std::string text(utc_time);
  const char* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  std::int64_t microseconds = 0, unit = 100000;
  if (*rest == '.')
    for (const char* digit = rest + 1; *digit >= '0' && *digit <= '9' && unit > 0; ++digit, unit /= 10)
      microseconds += (*digit - '0') * unit;
  return std::int64_t{::timegm(&parts)} * 1'000'000 + microseconds;
}

std::vector<OverviewOfStart> overview_of(std::string_view text) {
  std::vector<OverviewOfStart> starts;
  std::optional<Columns> columns;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    std::string_view line = text.substr(0, end);
    if (line.starts_with(head_begin)) {
      line.remove_prefix(head_begin.size());
      starts.push_back({unix_microseconds_of(line.substr(0, line.find(';'))), {}});
      columns.reset();
    } else if (!starts.empty() && !columns) {
      columns.emplace(line);
    } else if (!starts.empty()) {
      if (const auto point = columns->point_of(line)) starts.back().points.push_back(*point);
    }
  }
  for (OverviewOfStart& start : starts) set_rates(start.points);
  return starts;
}

std::vector<OverviewOfStart> read_overviews(const std::string& logs_folder) {
  std::vector<OverviewOfStart> starts;
  std::error_code error;
  for (std::filesystem::directory_iterator at(logs_folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with("job_progress_overview.")) continue;
    try {
      for (OverviewOfStart& start : overview_of(read_file(at->path().string())))
        if (start.started_unix_microseconds > 0) starts.push_back(std::move(start));
    } catch (const InfrastructureError&) {
      // One that cannot be read is missing in the picture, which is no reason to have none.
    }
  }
  std::stable_sort(starts.begin(), starts.end(), [](const OverviewOfStart& a, const OverviewOfStart& b) {
    return a.started_unix_microseconds < b.started_unix_microseconds;
  });
  return starts;
}

}  // namespace prs
