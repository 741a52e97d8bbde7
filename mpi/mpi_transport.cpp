#include "mpi/mpi_transport.hpp"

#include <cstdlib>
#include <memory>

#include "support/stop_signals.hpp"

namespace prs {

void MpiTransport::send_to_workers(int ranks, protocol::Tag tag, const std::string& bytes) {
  const auto shared = std::make_shared<const std::string>(bytes);
  for (int rank = 1; rank < ranks; ++rank) mailbox_.send(rank, tag, shared);
}

std::optional<Letter> MpiTransport::receive() {
  auto letter = mailbox_.receive();
  if (letter) waiting_.traffic(Clock::now());
  return letter;
}

StopsAsked MpiTransport::stops_asked() {
  const int count = StopSignals::count();
  if (count != stops_seen_) StopSignals::acknowledge();
  stops_seen_ = count;
  return {count, StopSignals::last()};
}

void MpiTransport::rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) {
  fds.push_back({StopSignals::wake_fd(), POLLIN, 0});
  fds.push_back({peers_.wake_fd(), POLLIN, 0});  // −1 is passed over
  waiting_.rest(fds, limits);
}

void MpiTransport::abort(ExitStatus status) {
  MPI_Abort(world_, static_cast<int>(status));
  std::abort();
}

}  // namespace prs
