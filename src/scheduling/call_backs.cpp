#include "scheduling/call_backs.hpp"

#include <algorithm>

namespace prs {
namespace {

constexpr std::size_t most_looked_at = 2000;  ///< at once: some microseconds

}  // namespace

void CallBacks::look(std::vector<WorkerSeat>& workers, std::size_t idle, TimePoint now,
                     std::vector<CallBack>& call_backs) {
  if (now < next_look_) return;
  next_look_ = now + after_ / 4;  // a look at all workers is dear
  for (std::size_t looks = std::min(workers.size(), most_looked_at); looks > 0 && out_ < idle; --looks) {
    if (next_ >= workers.size()) next_ = 0;
    const std::size_t place = next_++;
    WorkerSeat& worker = workers[place];
    if (!worker.is_present || worker.is_called_back || !worker.has_unbegun() || now - worker.last_report < after_)
      continue;
    worker.is_called_back = true;
    ++out_;
    call_backs.push_back({WorkerId{static_cast<std::uint32_t>(place)}, worker.begun()});
  }
}

void CallBacks::end(WorkerSeat& worker) {
  if (!worker.is_called_back) return;
  worker.is_called_back = false;
  --out_;
}

}  // namespace prs
