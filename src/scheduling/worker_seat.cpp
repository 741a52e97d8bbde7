#include "scheduling/worker_seat.hpp"

#include <algorithm>

#include "scheduling/require.hpp"

namespace prs {

void WorkerSeat::hold(MiniBatchIndex mini_batch, bool is_suspect) {
  held.push_back(mini_batch);
  holds_suspect = is_suspect;
}

void WorkerSeat::release(MiniBatchIndex mini_batch) {
  // Tries end in the order of their hand-out, so the first is nearly always the one.
  const auto place = std::find(held.begin(), held.end(), mini_batch);
  require(place != held.end(), "a running mini-batch is held by its worker");
  held.erase(place);
  holds_suspect = false;  // it was alone, or there was none
}

}  // namespace prs
