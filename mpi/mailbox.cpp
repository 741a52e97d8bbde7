#include "mpi/mailbox.hpp"

#include <algorithm>

#include "support/errors.hpp"
#include "support/waiting.hpp"

namespace prs {
namespace {
constexpr std::size_t most_kept = 256;  ///< messages behind one that MPI has not taken
constexpr int more_follows = 1 << 10;   ///< added to the tag of a message's pieces but its last
}  // namespace

void Mailbox::send(int to, protocol::Tag tag, std::string bytes) {
  forget_sent();
  if (sending_.size() > most_kept && sent_ % most_kept == 0) forget_all_sent();
  if (peers_.is_lost(to)) return;
  if (bytes.size() <= largest_piece_) return send_piece(to, static_cast<int>(tag), std::move(bytes));
  for (std::size_t at = 0; at < bytes.size(); at += largest_piece_) {
    const bool is_last = bytes.size() - at <= largest_piece_;
    send_piece(to, static_cast<int>(tag) + (is_last ? 0 : more_follows), bytes.substr(at, largest_piece_));
  }
}

void Mailbox::send_piece(int to, int tag, std::string bytes) {
  Sending& sending = sending_.emplace_back(Sending{to, std::move(bytes)});
  ++sent_;
  if (MPI_Isend(sending.bytes.data(), static_cast<int>(sending.bytes.size()), MPI_BYTE, to, tag, world_,
                &sending.request) == MPI_SUCCESS)
    return;
  sending_.pop_back();
  peers_.on_mpi_error();
}

std::optional<Letter> Mailbox::receive() {
  while (const auto piece = receive_piece()) {
    Letter& letter = piece->letter;
    if (piece->is_last && begun_.empty()) return std::move(letter);
    std::string& whole = begun_[letter.from];
    whole += letter.bytes;
    if (!piece->is_last) continue;
    letter.bytes = std::move(whole);
    begun_.erase(letter.from);
    return std::move(letter);
  }
  return std::nullopt;
}

/// The next piece that has arrived whole.
std::unique_ptr<Mailbox::Receiving> Mailbox::receive_piece() {
  if (!receiving_ && !begin_receiving()) {
    forget_sent();
    return nullptr;
  }
  int has_come = 0;
  const int result = MPI_Test(&receiving_->request, &has_come, MPI_STATUS_IGNORE);
  if (result != MPI_SUCCESS) {
    peers_.on_mpi_error();
    receiving_.reset();
    return receive_piece();
  }
  const int from = receiving_->letter.from;
  if (has_come == 0) {
    // The sender may have died with the rest of it. MPI may still write there, so the buffer is left to it.
    if (peers_.is_lost(from)) {
      (void)receiving_.release();
      begun_.erase(from);
    }
    return nullptr;
  }
  ++received_;
  peers_.heard_from(from, Clock::now());
  return std::move(receiving_);
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
  receiving_->is_last = status.MPI_TAG < more_follows;
  receiving_->letter = {status.MPI_SOURCE, static_cast<protocol::Tag>(status.MPI_TAG % more_follows),
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
}

/// One slow receiver must not keep everybody's messages in memory.
void Mailbox::forget_all_sent() {
  sending_.remove_if([this](Sending& sending) { return has_left(sending); });
}

bool Mailbox::is_flushed() {
  forget_all_sent();
  return std::all_of(sending_.begin(), sending_.end(),
                     [this](const Sending& sending) { return peers_.is_lost(sending.to); });
}

void Mailbox::flush(Duration limit) {
  Waiting waiting;
  std::vector<pollfd> none;
  for (const TimePoint end = Clock::now() + limit; !is_flushed() && Clock::now() < end;) waiting.rest(none, {});
}

}  // namespace prs
