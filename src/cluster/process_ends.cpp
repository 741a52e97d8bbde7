#include "cluster/process_ends.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace prs {

void ProcessEnds::watch(int rank, int process_id) {
  if (!ended_) ended_.reset(::epoll_create1(EPOLL_CLOEXEC));
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, process_id, 0)));
  if (!process) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<std::uint32_t>(rank);
  if (::epoll_ctl(ended_.get(), EPOLL_CTL_ADD, process.get(), &event) != 0) return;
  processes_[rank] = std::move(process);
}

std::vector<int> ProcessEnds::take() {
  epoll_event events[16];
  const int count = ended_ ? ::epoll_wait(ended_.get(), events, 16, 0) : 0;
  std::vector<int> ended;
  for (int i = 0; i < count; ++i) {
    ended.push_back(static_cast<int>(events[i].data.u32));
    processes_.erase(ended.back());  // leaves the epoll by that
  }
  return ended;
}

}  // namespace prs
