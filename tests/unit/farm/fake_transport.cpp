#include "fake_transport.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace prs {
namespace {

constexpr int longest_poll_milliseconds = 1;
constexpr int most_rests = 20000;  ///< in one test: it waits for what never comes

std::string text_of(protocol::Tag tag, int peer, std::size_t bytes) {
  return "tag " + std::to_string(static_cast<int>(tag)) + ", rank " + std::to_string(peer) + ", " +
         std::to_string(bytes) + " bytes";
}

}  // namespace

World world_on(const std::vector<std::string>& hosts) {
  std::vector<Place> places;
  for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
    const auto first = std::find(hosts.begin(), hosts.end(), hosts[rank]) - hosts.begin();
    places.push_back({hosts[rank], static_cast<int>(first), static_cast<int>(rank) + 1000, 0});
  }
  return World(std::move(places));
}

FakePeers::FakePeers(int rank, int size)
    : rank_(rank), is_lost_(static_cast<std::size_t>(size)), last_heard_(is_lost_.size()), limits_(is_lost_.size()) {}

FakePeers::~FakePeers() {
  for (const Loss& loss : losses_) ADD_FAILURE() << "nobody looked for the loss of rank " << loss.rank;
  for (const int rank : ended_by_force_) ADD_FAILURE() << "rank " << rank << " was ended by force";
}

bool FakePeers::is_any_lost() const {
  return std::find(is_lost_.begin(), is_lost_.end(), true) != is_lost_.end();
}

bool FakePeers::is_lowest_left() const {
  return std::all_of(is_lost_.begin(), is_lost_.begin() + rank_, [](bool is_lost) { return is_lost; });
}

std::vector<Loss> FakePeers::take_losses(TimePoint) {
  return std::exchange(losses_, {});
}

Duration FakePeers::silence_of(int rank, TimePoint now) const {
  return now - last_heard_[static_cast<std::size_t>(rank)];
}

void FakePeers::listen_to(int rank, std::optional<Duration> limit, TimePoint now) {
  limits_[static_cast<std::size_t>(rank)] = limit;
  heard_from(rank, now);
}

void FakePeers::declare_lost(Loss loss) {
  if (loss.rank == rank_ || is_lost(loss.rank)) return;
  is_lost_[static_cast<std::size_t>(loss.rank)] = true;
  losses_.push_back(std::move(loss));
}

void FakePeers::lose(int rank, const std::string& how, bool is_silent) {
  declare_lost({rank, how, is_silent});
}

std::vector<int> FakePeers::take_ended_by_force() {
  return std::exchange(ended_by_force_, {});
}

FakeTransport::FakeTransport(int rank, int size) : peers_(rank, size), now_(Clock::now()) {}

FakeTransport::~FakeTransport() {
  for (const Sent& sent : sent_)
    ADD_FAILURE() << "sent, and not taken: " << text_of(sent.tag, sent.to, sent.bytes.size());
  for (const Letter& letter : letters_)
    ADD_FAILURE() << "not received: " << text_of(letter.tag, letter.from, letter.bytes.size());
  if (stops_seen_ != stops_.count) ADD_FAILURE() << "a signal was not seen";
}

void FakeTransport::send(int to, protocol::Tag tag, std::string bytes) {
  if (peers_.is_lost(to)) return;
  if (tag == protocol::Tag::beat)
    beats_[to].push_back(std::move(bytes));
  else
    sent_.push_back({to, tag, std::move(bytes)});
}

std::optional<Letter> FakeTransport::receive() {
  while (!letters_.empty()) {
    Letter letter = std::move(letters_.front());
    letters_.pop_front();
    if (peers_.is_lost(letter.from)) continue;
    peers_.heard_from(letter.from, now_);
    return letter;
  }
  return std::nullopt;
}

void FakeTransport::flush(Duration) {
  ++flushes_;
}

StopsAsked FakeTransport::stops_asked() {
  stops_seen_ = stops_.count;
  return stops_;
}

void FakeTransport::rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) {
  if (++rests_ > most_rests) throw std::runtime_error("a test rests for ever");
  limits_ = limits;
  if (at_rest_) at_rest_();
  if (now_ >= limits.until) return;
  if (::poll(fds.data(), static_cast<nfds_t>(fds.size()), letters_.empty() ? longest_poll_milliseconds : 0) > 0) return;
  if (letters_.empty())
    now_ += std::max<Duration>(std::chrono::microseconds(1), std::min(limits.nap, limits.until - now_));
}

void FakeTransport::abort(ExitStatus status) {
  throw Aborted{status};
}

void FakeTransport::put(int from, protocol::Tag tag, std::string bytes) {
  letters_.push_back({from, tag, std::move(bytes)});
}

void FakeTransport::signal(int number) {
  ++stops_.count;
  stops_.last = number;
}

bool FakeTransport::has_sent(protocol::Tag tag) const {
  return std::any_of(sent_.begin(), sent_.end(), [tag](const Sent& sent) { return sent.tag == tag; });
}

std::string FakeTransport::take(int to, protocol::Tag tag) {
  if (sent_.empty()) {
    ADD_FAILURE() << "nothing was sent; wanted: "
                  << "tag " + std::to_string(static_cast<int>(tag));
    throw std::runtime_error("nothing was sent");
  }
  Sent first = std::move(sent_.front());
  sent_.pop_front();
  if (first.to == to && first.tag == tag) return std::move(first.bytes);
  ADD_FAILURE() << "sent: " << text_of(first.tag, first.to, first.bytes.size()) << "; wanted: "
                << "tag " + std::to_string(static_cast<int>(tag)) << " to rank " << to;
  throw std::runtime_error("another message was sent");
}

bool FakeTransport::has_sent(int to, protocol::Tag tag) const {
  return std::any_of(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.to == to && sent.tag == tag; });
}

std::optional<std::string> FakeTransport::try_take(int to, protocol::Tag tag) {
  const auto found =
      std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.to == to && sent.tag == tag; });
  if (found == sent_.end()) return std::nullopt;
  std::string bytes = std::move(found->bytes);
  sent_.erase(found);
  return bytes;
}

std::vector<Sent> FakeTransport::take_all() {
  std::vector<Sent> all(std::make_move_iterator(sent_.begin()), std::make_move_iterator(sent_.end()));
  sent_.clear();
  return all;
}

std::vector<protocol::Tag> FakeTransport::sent_tags() const {
  std::vector<protocol::Tag> tags;
  for (const Sent& sent : sent_) tags.push_back(sent.tag);
  return tags;
}

std::vector<std::string> FakeTransport::take_beats(int to) {
  return std::exchange(beats_[to], {});
}

}  // namespace prs
