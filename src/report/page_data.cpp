#include "report/page_data.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/microseconds.hpp"
#include "report/page_words.hpp"

namespace prs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_points = 600, most_lanes = 640, most_cells = 72000, most_nodes = 48, most_bars = 48;

/// Three digits behind the point: more than any chart can show.
double rounded(double number) {
  return std::round(number * 1000) / 1000;
}

Json starts_of(const RunClock& clock) {
  Json starts = Json::array();
  for (const RunClock::Start& start : clock.starts()) starts.push_back(rounded(seconds_of_microseconds(start.offset)));
  return starts;
}

Json progress_of(const RunFigures& figures) {
  std::size_t points = 0;
  for (const OverviewOfStart& start : figures.overviews()) points += start.points.size();
  const std::size_t every = points / most_points + 1;
  Json t = Json::array(), done = Json::array(), failed = Json::array(), rate = Json::array();
  for (std::size_t i = 0; i < figures.overviews().size(); ++i) {
    const double offset = seconds_of_microseconds(figures.clock().starts()[i].offset);
    const auto& of_start = figures.overviews()[i].points;
    for (std::size_t k = 0; k < of_start.size(); ++k) {
      if (k % every != 0 && k + 1 != of_start.size()) continue;
      t.push_back(rounded(offset + of_start[k].elapsed_seconds));
      done.push_back(of_start[k].progress.done);
      failed.push_back(of_start[k].progress.failed);
      rate.push_back(rounded(of_start[k].per_second));
    }
  }
  return {{"t", t}, {"done", done}, {"failed", failed}, {"rate", rate}, {"total", figures.progress().mini_batches}};
}

Json times_of(const RunTimes& times) {
  Json bars = Json::array();
  // Few runs in many bars would be a comb.
  const auto wanted = static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(times.count())));
  for (const RunTimes::Bar& bar : times.bars(std::clamp<std::size_t>(wanted, 12, most_bars)))
    bars.push_back({bar.from * 1e-6, bar.to * 1e-6, bar.runs});
  return {{"bars", bars},
          {"median", seconds_of_microseconds(times.quantile(0.5))},
          {"p95", seconds_of_microseconds(times.quantile(0.95))},
          {"longest", seconds_of_microseconds(times.longest())}};
}

/// The order of nodes and processes, so that one can be found; every `step`th one of many.
std::vector<std::size_t> shown_lanes(const std::vector<TriesFigures::Lane>& lanes, std::size_t step) {
  std::vector<std::size_t> order(lanes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&lanes](std::size_t a, std::size_t b) {
    return std::tie(lanes[a].node, lanes[a].process) < std::tie(lanes[b].node, lanes[b].process);
  });
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < order.size(); i += step) shown.push_back(order[i]);
  return shown;
}

/// As long as the coarsest of them, or longer where there are many lanes.
std::uint64_t cell_length(const std::vector<TriesFigures::Lane>& lanes, const std::vector<std::size_t>& shown,
                          std::uint64_t duration) {
  std::uint64_t length = 1;
  for (const std::size_t lane : shown) length = std::max(length, lanes[lane].bins.length_microseconds());
  const std::size_t most = std::clamp<std::size_t>(most_cells / std::max<std::size_t>(1, shown.size()), 60, 256);
  while (duration / length >= most) length *= 2;
  return length;
}

/// One character for each cell of a lane.
struct Cells {
  std::string busy, failed;
};
Cells cells_of(const BusyBins& bins, std::uint64_t length, std::uint64_t duration) {
  constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  Cells texts;
  for (std::size_t i = 0; i <= duration / length; ++i) {
    BusyBins::Sum sum = bins.sum(length, i);
    // The run may end within the last one.
    const std::uint64_t of_run = std::min(length, std::max<std::uint64_t>(1, duration - i * length));
    sum.busy = std::min(1.0, sum.busy * static_cast<double>(length) / static_cast<double>(of_run));
    const bool has_any = sum.tries > 0 || sum.busy > 0;
    texts.busy += digits[has_any ? 1 + static_cast<std::size_t>(34 * sum.busy) : 0];
    const double part = sum.tries > 0 ? static_cast<double>(sum.failed) / static_cast<double>(sum.tries) : 0;
    texts.failed += digits[sum.failed > 0 ? 1 + static_cast<std::size_t>(8 * part) : 0];
  }
  texts.failed.erase(texts.failed.find_last_not_of('0') + 1);
  return texts;
}

Json lanes_of(const RunFigures& figures) {
  const TriesFigures& tries = figures.tries();
  const auto& lanes = tries.lanes();
  const std::size_t step = (lanes.size() + most_lanes - 1) / most_lanes;
  const std::vector<std::size_t> shown = shown_lanes(lanes, std::max<std::size_t>(1, step));
  const std::uint64_t duration = figures.clock().duration();
  const std::uint64_t length = cell_length(lanes, shown, duration);
  Json names = Json::array(), nodes = Json::array(), busy = Json::array(), failed = Json::array(), bars = Json::array();
  std::vector<std::size_t> place_of(lanes.size(), TriesFigures::no_lane);
  for (const std::size_t lane : shown) {
    place_of[lane] = names.size();
    names.push_back(lanes[lane].process);
    nodes.push_back(lanes[lane].node);
    const Cells cells = cells_of(lanes[lane].bins, length, duration);
    busy.push_back(cells.busy);
    failed.push_back(cells.failed);
  }
  for (const TriesFigures::Bar& bar : tries.bars())
    if (place_of[bar.lane] != TriesFigures::no_lane)
      bars.push_back({place_of[bar.lane], seconds_of_microseconds(bar.from), seconds_of_microseconds(bar.to),
                      static_cast<int>(bar.status), bar.mini_batch, bar.dequeue_count});
  return {{"end", seconds_of_microseconds(duration)},
          {"cell", seconds_of_microseconds(length)},
          {"names", names},
          {"nodes", nodes},
          {"step", step},
          {"busy", busy},
          {"failed", failed},
          {"bars", bars}};
}

Json nodes_of(const NodeUsages& usages) {
  Json nodes = Json::array();
  for (const auto& [name, node] : usages.nodes()) {
    if (nodes.size() == most_nodes) break;
    if (node.points.size() < 2) continue;
    Json t = Json::array(), cpu = Json::array(), memory = Json::array();
    for (const NodeUsages::Point& point : node.points) {
      t.push_back(rounded(seconds_of_microseconds(point.time)));
      cpu.push_back(point.cpu_percent < 0 ? Json() : Json(point.cpu_percent));
      memory.push_back(rounded(static_cast<double>(point.used_bytes) / (1 << 30)));
    }
    nodes.push_back({{"name", name}, {"t", t}, {"cpu", cpu}, {"memory", memory}});
  }
  return nodes;
}

}  // namespace

std::string page_data(const RunFigures& figures, int refresh_seconds) {
  const Json data = {{"state", word_of(state_of(figures))}, {"written", figures.read_at_unix_microseconds() / 1000},
                     {"refresh", refresh_seconds},          {"starts", starts_of(figures.clock())},
                     {"progress", progress_of(figures)},    {"times", times_of(figures.tries().run_times())},
                     {"lanes", lanes_of(figures)},          {"nodes", nodes_of(figures.usages())}};
  return data.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace prs
