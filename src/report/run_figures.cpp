#include "report/run_figures.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "report/microseconds.hpp"
#include "report/tracebacks.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t most_causes = 12, most_hot_functions = 10;
constexpr std::string_view config_head = "# What prs_mpi understood of ";

/// Empty where it cannot be read: that part of the page is left out.
std::string text_of_file(const std::string& path) {
  try {
    return read_file(path);
  } catch (const InfrastructureError&) {
    return {};
  }
}

/// Of all workers in one start.
struct Crowd {
  std::size_t workers = 0;
  std::uint64_t last_end = 0;  ///< of any try
};

}  // namespace

std::string config_heading(const std::string& config_file) {
  std::string one_line = config_file;
  std::replace(one_line.begin(), one_line.end(), '\n', '?');
  return std::string(config_head) + one_line + "\n";
}

std::string RunFigures::config_file() const {
  if (!config_.starts_with(config_head)) return {};
  return config_.substr(config_head.size(), config_.find('\n') - config_head.size());
}

void RunFigures::read(const std::vector<std::string>& tries_files) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  read_at_ = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  ended_ = ended_text_of(text_of_file(folder_.job_result()));
  config_ = text_of_file(folder_.understood_config());
  overviews_ = read_overviews(folder_.logs());
  std::vector<RunClock::Start> starts;
  for (const OverviewOfStart& overview : overviews_) {
    const double seconds = overview.points.empty() ? 0 : overview.points.back().elapsed_seconds;
    starts.push_back({overview.started_unix_microseconds, static_cast<std::uint64_t>(std::max(0.0, seconds) * 1e6), 0});
  }
  clock_.set_starts(starts);
  for (const std::string& file : tries_files) tries_.read(file);
  usages_.read(folder_.all_performance());
  hot_functions_ = read_hot_functions(folder_.all_performance(), most_hot_functions);
  read_causes();
}

void RunFigures::read_table(bool is_all) {
  tries_.read_table(folder_.processed_mini_batches(), !is_all);
  read_causes();
}

void RunFigures::read_causes() {
  causes_ = tries_.errors().most_frequent(most_causes);
  for (const std::uint32_t error : causes_) {
    const NotedTry& example = tries_.example_of(error);
    std::string& text = tracebacks_[error];
    if (!text.empty() || example.lane == TriesFigures::no_lane) continue;
    const TriesFigures::Lane& lane = tries_.lanes()[example.lane];
    text = find_traceback(folder_.user_error(lane.node, lane.process), example.mini_batch, example.dequeue_count);
  }
}

Progress RunFigures::progress() const {
  for (std::size_t i = overviews_.size(); i-- > 0;)
    if (!overviews_[i].points.empty()) return overviews_[i].points.back().progress;
  Progress progress;
  progress.tries = tries_.tries();
  return progress;
}

double RunFigures::workers_in(std::size_t start, std::size_t at_least) const {
  std::size_t workers = at_least;
  if (start < overviews_.size())
    for (const OverviewPoint& point : overviews_[start].points)
      workers = std::max<std::size_t>(workers, point.progress.workers);
  return static_cast<double>(workers);
}

TimeSpent RunFigures::time_spent() const {
  const std::vector<RunClock::Start>& starts = clock_.starts();
  const std::vector<TriesFigures::Shift> shifts = tries_.shifts();
  std::vector<Crowd> crowds(starts.size());
  for (const TriesFigures::Shift& shift : shifts) {
    ++crowds[shift.start].workers;
    crowds[shift.start].last_end = std::max(crowds[shift.start].last_end, shift.end);
  }
  TimeSpent spent;
  for (std::size_t i = 0; i < starts.size(); ++i)
    spent.total += workers_in(i, crowds[i].workers) * seconds_of_microseconds(starts[i].duration);
  for (const TriesFigures::Shift& shift : shifts) {
    const RunClock::Start& start = starts[shift.start];
    spent.running += seconds_of_microseconds(shift.run_microseconds);
    spent.loading += seconds_of_microseconds(shift.process_microseconds -
                                             std::min(shift.process_microseconds, shift.run_microseconds));
    spent.starting += seconds_of_microseconds(shift.begin - std::min(shift.begin, start.offset));
    const bool is_last_start = shift.start + 1 == starts.size();
    if (is_last_start && is_going_on()) continue;  // it may get more to do
    const std::uint64_t last_end = crowds[shift.start].last_end, over = start.offset + start.duration;
    if (is_last_start && !ended_.has_ended()) {  // killed: nobody knows what the worker did last
      spent.total -= seconds_of_microseconds(over - std::min(over, shift.end));
      continue;
    }
    spent.tail += seconds_of_microseconds(last_end - shift.end);
    spent.closing += seconds_of_microseconds(over - std::min(over, last_end));
  }
  const double known = spent.running + spent.loading + spent.starting + spent.tail + spent.closing;
  spent.total = std::max(spent.total, known);
  spent.waiting = spent.total - known;
  return spent;
}

}  // namespace prs
