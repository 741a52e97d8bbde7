#include "mpi/small_messages.hpp"

#include <utility>

namespace prs {

SmallMessages::~SmallMessages() {
  forget_sent();
  for (auto& sending : sending_) (void)sending.release();
}

void SmallMessages::send_bytes(int to, int tag, std::string bytes) {
  forget_sent();
  Sending& sending = *sending_.emplace_back(std::make_unique<Sending>(Sending{std::move(bytes)}));
  if (MPI_Isend(sending.bytes.data(), static_cast<int>(sending.bytes.size()), MPI_BYTE, to, tag, comm_,
                &sending.request) != MPI_SUCCESS)
    sending_.pop_back();
}

/// An error says that this sender is lost: nothing will come, and who waits for it hears of that elsewhere. The receive
/// does not wait for the sender: so few bytes come in one piece, with what the probe has seen.
bool SmallMessages::receive_bytes(int from, int tag, void* value, std::size_t size) {
  int is_there = 0;
  if (MPI_Iprobe(from, tag, comm_, &is_there, MPI_STATUS_IGNORE) != MPI_SUCCESS || is_there == 0) return false;
  return MPI_Recv(value, static_cast<int>(size), MPI_BYTE, from, tag, comm_, MPI_STATUS_IGNORE) == MPI_SUCCESS;
}

void SmallMessages::forget_sent() {
  sending_.remove_if([](const std::unique_ptr<Sending>& sending) {
    int has_left = 0;
    return MPI_Test(&sending->request, &has_left, MPI_STATUS_IGNORE) != MPI_SUCCESS || has_left != 0;
  });
}

}  // namespace prs
