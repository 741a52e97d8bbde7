#include "farm/worker_stops.hpp"

#include <utility>

namespace prs {

void WorkerStops::begin_farm(std::uint32_t farm) {
  if (farm == farm_) return;
  *this = WorkerStops();
  farm_ = farm;
}

bool WorkerStops::stop() {
  return !std::exchange(is_stopped_, true);
}

bool WorkerStops::on_close(const protocol::Close& close) {
  if (has_closed_) return false;
  close_ = close;
  is_stopped_ = is_told_ = true;
  return true;
}

}  // namespace prs
