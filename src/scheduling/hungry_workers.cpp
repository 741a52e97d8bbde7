#include "scheduling/hungry_workers.hpp"

#include <iterator>

namespace prs {

void HungryWorkers::add(WorkerId worker, bool is_idle) {
  List& list = is_idle ? idle_ : others_;
  Place& place = places_[worker.value];
  if (place.list == &list) return;
  remove(worker);
  place.list = &list;
  place.at = list.insert(list.end(), worker);
}

void HungryWorkers::remove(WorkerId worker) {
  Place& place = places_[worker.value];
  if (place.list != nullptr) place.list->erase(place.at);
  place.list = nullptr;
}

bool HungryWorkers::has_other(WorkerId than) const {
  return idle_.size() + others_.size() > (places_[than.value].list == nullptr ? 0U : 1U);
}

/// The first one of the list that is not `but`: the first or the second.
std::optional<WorkerId> HungryWorkers::take_from(List& list, WorkerId but) {
  if (list.empty()) return std::nullopt;
  auto chosen = list.begin();
  if (*chosen == but && ++chosen == list.end()) return std::nullopt;
  const WorkerId worker = *chosen;
  remove(worker);
  return worker;
}

WorkerId HungryWorkers::take(WorkerId not_gladly) {
  if (const auto idle = take_from(idle_, not_gladly)) return *idle;
  if (const auto other = take_from(others_, not_gladly)) return *other;
  remove(not_gladly);
  return not_gladly;
}

std::optional<WorkerId> HungryWorkers::take_idle(WorkerId not_gladly) {
  if (const auto idle = take_from(idle_, not_gladly)) return idle;
  if (idle_.empty()) return std::nullopt;
  remove(not_gladly);
  return not_gladly;
}

}  // namespace prs
