#include "report/stuck.hpp"

#include <algorithm>

#include "report/printable.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_lines = 20;
constexpr std::size_t most_items = 3;
constexpr std::size_t most_item_bytes = 300;

std::string items_text(const StuckMiniBatch& stuck) {
  std::string text = counted(stuck.items, "item", "items");
  const std::size_t shown = std::min(stuck.first_items.size(), most_items);
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? ": " : ", ") + one_line(stuck.first_items[i], most_item_bytes);
  if (shown > 0 && shown < stuck.items) text += ", …";
  return text;
}

std::string place_of(const StuckMiniBatch& stuck) {
  return "mini-batch " + std::to_string(stuck.mini_batch.value) + " at " + stuck.worker + " on " + stuck.host;
}

std::string line_of(const StuckMiniBatch& stuck) {
  const std::int64_t since = stuck.running_since_unix_nanoseconds;
  const std::string state = since == 0 ? "not started there" : "running since " + utc_time(since, false);
  return "  " + place_of(stuck) + ", " + state + " (" + items_text(stuck) + ")\n";
}

}  // namespace

std::string stuck_text(const std::vector<StuckMiniBatch>& stuck, double seconds) {
  std::vector<const StuckMiniBatch*> order;
  order.reserve(stuck.size());
  for (const StuckMiniBatch& one : stuck) order.push_back(&one);
  const auto is_waiting = [](const StuckMiniBatch* one) { return one->running_since_unix_nanoseconds == 0; };
  std::stable_sort(order.begin(), order.end(), [&](const StuckMiniBatch* a, const StuckMiniBatch* b) {
    if (is_waiting(a) != is_waiting(b)) return is_waiting(b);
    return a->running_since_unix_nanoseconds < b->running_since_unix_nanoseconds;
  });
  std::string text = "no progress: no mini-batch ended for " + humane_duration(seconds) +
                     " (progress_update_timeout); " + grouped(stuck.size()) + " handed out";
  if (!order.empty()) text += ", first of them " + place_of(*order.front()) + " (" + items_text(*order.front()) + ")";
  text += '\n';
  for (std::size_t i = 0; i < std::min(order.size(), most_lines); ++i) text += line_of(*order[i]);
  if (order.size() > most_lines) text += "  and " + grouped(order.size() - most_lines) + " more\n";
  return text;
}

}  // namespace prs
