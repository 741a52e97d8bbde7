#include "scheduling/call_backs.hpp"

namespace prs {

void CallBacks::look(std::vector<WorkerSeat>& workers, TimePoint now, std::vector<CallBack>& call_backs) {
  if (now < next_look_) return;
  next_look_ = now + after_ / 4;  // a look at all workers is dear
  for (std::uint32_t i = 1; i < workers.size(); ++i) {
    WorkerSeat& worker = workers[i];
    if (!worker.is_present || worker.is_called_back || !worker.has_unbegun() || now - worker.last_report < after_)
      continue;
    worker.is_called_back = true;
    call_backs.push_back({WorkerId{i}, worker.begun()});
  }
}

}  // namespace prs
