#include "report/tries_figures.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/csv.hpp"
#include "report/overview_file.hpp"

namespace prs {
namespace {

bool is_quicker(const NotedTry& a, const NotedTry& b) {
  return a.run_microseconds > b.run_microseconds;  // so that the quickest one is the first of a heap
}

/// The texts behind a try's status: category, message, detail.
struct TryTextFields {
  Failure failure;
  std::string first_item, last_item;
};
TryTextFields texts_of(const TryLine& line) {
  TryTextFields texts;
  std::vector<std::string> fields;
  if (!split_csv_line(line.texts, fields) || fields.size() < 3) return texts;
  texts.failure = {std::move(fields[0]), std::move(fields[1]), {}};
  const auto detail = nlohmann::json::parse(fields[2], nullptr, false);
  if (!detail.is_object()) return texts;
  const auto text = [&detail](const char* key) {
    const auto found = detail.find(key);
    return found != detail.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  texts.first_item = text("first");
  texts.last_item = text("last");
  return texts;
}

NotedTry noted(std::size_t lane, const TryLine& line, TryTextFields texts) {
  return {
      line.outcome.mini_batch.value, line.outcome.dequeue_count,  line.outcome.items,        lane, line.outcome.status,
      line.run_microseconds,         std::move(texts.first_item), std::move(texts.last_item)};
}

}  // namespace

void TriesFigures::read(const std::string& path) {
  File& file = files_[path];
  file.offset_bytes = read_whole_lines(
      path,
      [&](std::string_view lines, std::uint64_t offset_bytes) {
        const std::uint64_t next = offset_bytes + lines.size();
        if (offset_bytes == 0)
          if (const auto head = take_head(lines)) file.node = head->node;
        while (!lines.empty())
          if (const auto line = take_try_line(lines)) add(file, *line);
        file.offset_bytes = next;  // at once: whatever the next block brings, no line is read twice
      },
      file.offset_bytes);
}

void TriesFigures::read_table(const std::string& path, bool is_unmeasured_only) {
  read_whole_lines(path, [&](std::string_view lines, std::uint64_t) {
    while (!lines.empty())
      if (const auto line = take_try_line(lines); line && !(is_unmeasured_only && line->is_measured))
        add(files_[std::string(line->process)], *line);
  });
}

std::size_t TriesFigures::lane_of(const std::string& node, std::string_view process) {
  const auto [place, is_new] = lane_of_.try_emplace({node, std::string(process)}, lanes_.size());
  if (is_new) lanes_.push_back({node, std::string(process), 0, 0, 0, 0, 0, {}});
  return place->second;
}

void TriesFigures::add(File& file, const TryLine& line) {
  const Outcome& outcome = line.outcome;
  ++tries_;
  ++by_status_[static_cast<std::size_t>(outcome.status)];
  Pick& pick = picks_[std::clamp<std::size_t>(outcome.dequeue_count, 1, most_picks) - 1];
  ++pick.tries;
  pick.done += outcome.is_done() ? 1 : 0;
  if (outcome.is_done() && outcome.succeeded < outcome.items) {
    ++short_mini_batches_;
    short_items_ += outcome.items - outcome.succeeded;
  }
  if (line.is_measured && !line.process.empty()) add_times(file, line);
  const std::size_t lane = line.is_measured && !line.process.empty() ? file.lane : no_lane;
  if (!outcome.is_done()) add_failure(lane, line);
  note_if_slow(lane, line);
}

void TriesFigures::add_times(File& file, const TryLine& line) {
  if (file.lane == no_lane || lanes_[file.lane].process != line.process) file.lane = lane_of(file.node, line.process);
  std::int64_t end_unix = line.ended_unix_microseconds;
  // Behind the one before it, or behind the start of its process, which comes first.
  if (end_unix == 0)
    end_unix = std::max(file.last_end_unix, unix_microseconds_of(line.process_started)) +
               static_cast<std::int64_t>(line.process_microseconds);
  file.last_end_unix = end_unix;
  Shift& shift = shift_of(file, end_unix);
  const std::uint64_t end = std::max(clock_.time_of(shift.start, end_unix), shift.end);
  const std::uint64_t beginning = clock_.starts()[shift.start].offset;
  // Some ends are seen together: a try never begins before the one before it.
  const std::uint64_t begin = std::max({end - std::min(end, line.process_microseconds), shift.end, beginning});
  if (shift.end == 0) shift.begin = begin;
  shift.end = end;
  shift.run_microseconds += line.run_microseconds;
  shift.process_microseconds += line.process_microseconds;
  clock_.stretch(shift.start, end);

  Lane& lane = lanes_[file.lane];
  const bool has_failed = !line.outcome.is_done();
  ++lane.tries;
  lane.failed_tries += has_failed ? 1 : 0;
  lane.items += line.outcome.items;
  lane.run_microseconds += line.run_microseconds;
  lane.process_microseconds += line.process_microseconds;
  lane.bins.add(begin, end, has_failed);
  if (line.run_microseconds > 0) run_times_.add(line.run_microseconds);
  if (bars_.is_too_many) return;
  bars_.all.push_back(
      {file.lane, begin, end, line.outcome.mini_batch.value, line.outcome.dequeue_count, line.outcome.status});
  if (bars_.all.size() > most_bars) bars_ = {{}, true};
}

/// A worker's own file, which names its node, is of one start; the rows of the table are of all.
TriesFigures::Shift& TriesFigures::shift_of(File& file, std::int64_t end_unix) {
  if (!file.shifts.empty() && !file.node.empty()) return file.shifts.back();
  const std::size_t start = clock_.start_of(end_unix);
  if (file.shifts.empty() || file.shifts.back().start != start) file.shifts.push_back({start, 0, 0, 0, 0});
  return file.shifts.back();
}

void TriesFigures::add_failure(std::size_t lane, const TryLine& line) {
  TryTextFields texts = texts_of(line);
  const std::uint32_t error = errors_.add(texts.failure);
  if (error > examples_.size()) examples_.push_back(noted(lane, line, std::move(texts)));
}

void TriesFigures::note_if_slow(std::size_t lane, const TryLine& line) {
  if (line.run_microseconds == 0) return;
  if (slowest_.size() == most_slowest) {
    if (slowest_.front().run_microseconds >= line.run_microseconds) return;
    std::pop_heap(slowest_.begin(), slowest_.end(), is_quicker);
    slowest_.pop_back();
  }
  slowest_.push_back(noted(lane, line, texts_of(line)));
  std::push_heap(slowest_.begin(), slowest_.end(), is_quicker);
}

std::vector<TriesFigures::Shift> TriesFigures::shifts() const {
  std::vector<Shift> all;
  for (const auto& [path, file] : files_) all.insert(all.end(), file.shifts.begin(), file.shifts.end());
  return all;
}

std::vector<NotedTry> TriesFigures::slowest() const {
  std::vector<NotedTry> sorted = slowest_;
  std::sort(sorted.begin(), sorted.end(), is_quicker);
  return sorted;
}

}  // namespace prs
