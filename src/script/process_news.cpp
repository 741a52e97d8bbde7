#include "script/process_news.hpp"

#include <array>

namespace prs {

ProcessNews look_at(HostProcess& process, const ProcessChannel& channel, bool is_dying) {
  std::array<pollfd, 2> fds = {
      {{process.status_fd(), POLLIN, 0}, is_dying ? pollfd{-1, 0, 0} : channel.poll_fd()}};  // −1 is passed over
  ::poll(fds.data(), fds.size(), 0);
  const ProcessNews news{fds[0].revents != 0 || fds[0].fd < 0, fds[1].revents != 0};
  if (news.is_of_process) process.poll();
  return news;
}

}  // namespace prs
