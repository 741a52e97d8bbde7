#include "mpi/mailbox.hpp"

#include <algorithm>
#include <limits>

#include "mpi/waiting.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {
constexpr std::size_t most_kept = 256;  ///< messages behind one that MPI has not taken
}  // namespace

void Mailbox::send(int to, protocol::Tag tag, std::string bytes) {
  forget_sent();
  if (peers_.is_lost(to)) return;
  PRS_INVARIANT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  Sending& sending = sending_.emplace_back(Sending{to, std::move(bytes)});
  ++sent_;
  if (MPI_Isend(sending.bytes.data(), static_cast<int>(sending.bytes.size()), MPI_BYTE, to, static_cast<int>(tag),
                world_, &sending.request) == MPI_SUCCESS)
    return;
  sending_.pop_back();
  peers_.on_mpi_error();
}

std::optional<Letter> Mailbox::receive() {
  if (!receiving_ && !begin_receiving()) {
    forget_sent();
    return std::nullopt;
  }
  int has_come = 0;
  const int result = MPI_Test(&receiving_->request, &has_come, MPI_STATUS_IGNORE);
  if (result != MPI_SUCCESS) {
    peers_.on_mpi_error();
    receiving_.reset();
    return receive();
  }
  if (has_come == 0) {
    // The sender may have died with the rest of it. MPI may still write there, so the buffer is left to it.
    if (peers_.is_lost(receiving_->letter.from)) (void)receiving_.release();
    return std::nullopt;
  }
  Letter letter = std::move(receiving_->letter);
  receiving_.reset();
  ++received_;
  peers_.heard_from(letter.from, Clock::now());
  return letter;
}

/// The next message that MPI knows of is asked for; false where there is none.
bool Mailbox::begin_receiving() {
  int is_there = 0;
  MPI_Status status;
  // An error says that some rank is lost; once MPI has told which, the others' messages come as before.
  if (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world_, &is_there, &status) != MPI_SUCCESS) {
    peers_.on_mpi_error();
    is_there = 0;
    if (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world_, &is_there, &status) != MPI_SUCCESS) return false;
  }
  if (is_there == 0) return false;
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  receiving_ = std::make_unique<Receiving>();
  receiving_->letter = {status.MPI_SOURCE, static_cast<protocol::Tag>(status.MPI_TAG),
                        std::string(static_cast<std::size_t>(size), '\0')};
  if (MPI_Irecv(receiving_->letter.bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, world_,
                &receiving_->request) == MPI_SUCCESS)
    return true;
  peers_.on_mpi_error();
  receiving_.reset();
  return false;
}

bool Mailbox::has_left(Sending& sending) {
  int has_left = 0;
  if (MPI_Test(&sending.request, &has_left, MPI_STATUS_IGNORE) == MPI_SUCCESS) return has_left != 0;
  peers_.on_mpi_error();
  return true;
}

void Mailbox::forget_sent() {
  while (!sending_.empty() && has_left(sending_.front())) sending_.pop_front();
  // One slow receiver must not keep everybody's messages in memory.
  if (sending_.size() > most_kept && sent_ % most_kept == 0)
    sending_.remove_if([this](Sending& sending) { return has_left(sending); });
}

bool Mailbox::is_flushed() {
  sending_.remove_if([this](Sending& sending) { return has_left(sending); });
  return std::all_of(sending_.begin(), sending_.end(),
                     [this](const Sending& sending) { return peers_.is_lost(sending.to); });
}

void Mailbox::flush(Duration limit) {
  Waiting waiting;
  std::vector<pollfd> none;
  for (const TimePoint end = Clock::now() + limit; !is_flushed() && Clock::now() < end;) waiting.rest(none, {});
}

}  // namespace prs
