#include "benchmarks/farm/virtual_transport.hpp"

#include <poll.h>

#include <cstdlib>
#include <ctime>
#include <utility>

namespace prs {
namespace {

constexpr std::chrono::milliseconds round_interval{500};
constexpr std::chrono::microseconds disk_time{50};  ///< after which the ledger's thread wakes rank 0

Duration processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::vector<Loss> VirtualPeers::take_losses(TimePoint now) {
  silences_.look(now);
  return {};
}

bool VirtualRounds::step(const Contribution& mine, TimePoint now) {
  if (is_final_ || (now < next_ && !is_hurried_)) return false;
  next_ = now + round_interval;
  sum_ = mine.tally;
  is_final_ = mine.quiet_farm != 0;
  return true;
}

VirtualTransport::VirtualTransport(int ranks, const VirtualRuns& runs, const MessageCost& cost)
    : cost_(cost), peers_(ranks), workers_(ranks, runs), now_(Clock::now()), code_mark_(processor_time()) {}

void VirtualTransport::spend(Duration time) {
  now_ += time;
  spent_.busy += time;
}

/// What follows until the mark is set again is the benchmark's own.
void VirtualTransport::charge_code() {
  const Duration code = processor_time() - code_mark_;
  spent_.code += code;
  spend(code);
}

void VirtualTransport::send(int to, protocol::Tag tag, std::string bytes) {
  ++spent_.sent;
  spend(cost_.send);
  workers_.deliver(to, tag, std::move(bytes), now_);
}

std::optional<Letter> VirtualTransport::receive() {
  if (next_letter_ == letters_.size()) {
    charge_code();
    letters_.clear();
    next_letter_ = 0;
    workers_.advance(now_, letters_);
    code_mark_ = processor_time();
    if (letters_.empty()) return std::nullopt;
  }
  ++spent_.received;
  spend(cost_.receive);
  Letter& letter = letters_[next_letter_++];
  peers_.heard_from(letter.from, now_);
  waiting_.traffic(now_);
  return std::move(letter);
}

void VirtualTransport::rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) {
  charge_code();
  ++spent_.turns;
  at_rest_();
  if (now_ < limits.until) {
    Duration nap = waiting_.next_nap(limits, now_);
    if (::poll(fds.data(), static_cast<nfds_t>(fds.size()), 0) > 0) nap = std::min<Duration>(nap, disk_time);
    now_ += nap;
  }
  code_mark_ = processor_time();
}

void VirtualTransport::abort(ExitStatus) {
  std::abort();
}

}  // namespace prs
