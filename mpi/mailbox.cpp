#include "mpi/mailbox.hpp"

#include <limits>

#include "mpi/waiting.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {
constexpr std::size_t most_kept = 256;  ///< messages behind one that MPI has not taken
}  // namespace

void Mailbox::send(int to, protocol::Tag tag, std::string bytes) {
  forget_sent();
  PRS_INVARIANT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  Sending& sending = sending_.emplace_back(Sending{std::move(bytes), {}});
  sending.request =
      world_.isend(to, static_cast<int>(tag), sending.bytes.data(), static_cast<int>(sending.bytes.size()));
  ++sent_;
}

std::optional<Letter> Mailbox::receive() {
  const auto status = world_.iprobe(boost::mpi::any_source, boost::mpi::any_tag);
  if (!status) {
    forget_sent();
    return std::nullopt;
  }
  Letter letter{status->source(), static_cast<protocol::Tag>(status->tag()), {}};
  letter.bytes.resize(static_cast<std::size_t>(status->count<char>().value_or(0)));
  world_.recv(letter.from, status->tag(), letter.bytes.data(), static_cast<int>(letter.bytes.size()));
  ++received_;
  return letter;
}

void Mailbox::forget_sent() {
  while (!sending_.empty() && sending_.front().request.test()) sending_.pop_front();
  // One slow receiver must not keep everybody's messages in memory.
  if (sending_.size() > most_kept && sent_ % most_kept == 0)
    sending_.remove_if([](Sending& sending) { return sending.request.test().has_value(); });
}

bool Mailbox::is_flushed() {
  sending_.remove_if([](Sending& sending) { return sending.request.test().has_value(); });
  return sending_.empty();
}

void Mailbox::flush() {
  Waiting waiting;
  std::vector<pollfd> none;
  while (!is_flushed()) waiting.rest(none, {});
}

}  // namespace prs
