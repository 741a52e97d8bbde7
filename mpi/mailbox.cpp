#include "mpi/mailbox.hpp"

#include <algorithm>
#include <iterator>

#include "support/errors.hpp"
#include "support/waiting.hpp"

namespace prs {
namespace {
constexpr int more_follows = 1 << 10;  ///< added to the tag of a message's pieces but its last
}  // namespace

void Mailbox::send(int to, protocol::Tag tag, const Bytes& bytes) {
  forget_some_sent(2);  // more than are added
  if (peers_.is_lost(to)) return;
  if (bytes->size() <= largest_piece_) return send_piece(to, static_cast<int>(tag), bytes);
  for (std::size_t at = 0; at < bytes->size(); at += largest_piece_) {
    const bool is_last = bytes->size() - at <= largest_piece_;
    send_piece(to, static_cast<int>(tag) + (is_last ? 0 : more_follows),
               std::make_shared<const std::string>(bytes->substr(at, largest_piece_)));
  }
}

/// A short one is taken at once, as a rule.
void Mailbox::send_piece(int to, int tag, const Bytes& bytes) {
  Sending sending{bytes};
  if (MPI_Isend(bytes->data(), static_cast<int>(bytes->size()), MPI_BYTE, to, tag, world_, &sending.request) !=
      MPI_SUCCESS)
    return peers_.on_mpi_error();
  if (!has_left(sending)) unsent_[to].push_back(std::move(sending));
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
    forget_some_sent(16);
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

/// The next receiver that has some unsent.
Mailbox::Unsent::iterator Mailbox::forget_sent_of(Unsent::iterator receiver) {
  receiver->second.remove_if([this](Sending& sending) { return has_left(sending); });
  return receiver->second.empty() ? unsent_.erase(receiver) : std::next(receiver);
}

/// Of so many receivers, one after the other: each turn costs little, and one slow receiver does not keep everybody's
/// messages in memory.
void Mailbox::forget_some_sent(int receivers) {
  for (; receivers > 0 && !unsent_.empty(); --receivers) {
    auto receiver = unsent_.upper_bound(looked_at_);
    if (receiver == unsent_.end()) receiver = unsent_.begin();
    looked_at_ = receiver->first;
    forget_sent_of(receiver);
  }
}

bool Mailbox::is_behind(int to) {
  const auto receiver = unsent_.find(to);
  if (receiver == unsent_.end()) return false;
  forget_sent_of(receiver);
  return unsent_.contains(to);
}

bool Mailbox::is_flushed() {
  for (auto receiver = unsent_.begin(); receiver != unsent_.end();) receiver = forget_sent_of(receiver);
  return std::all_of(unsent_.begin(), unsent_.end(),
                     [this](const auto& receiver) { return peers_.is_lost(receiver.first); });
}

void Mailbox::flush(Duration limit) {
  Waiting waiting;
  std::vector<pollfd> none;
  for (const TimePoint end = Clock::now() + limit; !is_flushed() && Clock::now() < end;) waiting.rest(none, {});
}

}  // namespace prs
