#include "tests/unit/farm/fake_transport.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace prs::test {

std::vector<Loss> FakePeers::take_losses(TimePoint) {
  return std::exchange(news_, {});
}

Duration FakePeers::silence_of(int rank, TimePoint now) const {
  const auto heard = last_heard_.find(rank);
  return heard == last_heard_.end() ? Duration::max() : now - heard->second;
}

void FakePeers::listen_to(int rank, std::optional<Duration>, TimePoint now) {
  last_heard_[rank] = now;
}

void FakePeers::declare_lost(Loss loss) {
  if (!lost_.insert(loss.rank).second) return;
  news_.push_back(std::move(loss));
}

FakeTransport::~FakeTransport() {
  for (const Sent& left : sent)
    ADD_FAILURE() << "nobody took a message to rank " << left.to << " with tag " << static_cast<int>(left.tag);
  for (const Letter& left : letters_)
    ADD_FAILURE() << "a letter of rank " << left.from << " with tag " << static_cast<int>(left.tag) << " was not read";
}

void FakeTransport::send(int to, protocol::Tag tag, std::string bytes) {
  if (!peers_.is_lost(to)) sent.push_back({to, tag, std::move(bytes)});
}

std::optional<Letter> FakeTransport::receive() {
  if (letters_.empty()) return std::nullopt;
  Letter letter = std::move(letters_.front());
  letters_.pop_front();
  return letter;
}

void FakeTransport::rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) {
  on_rest();
  if (!letters_.empty()) return;
  constexpr int for_a_real_disk_ms = 1;
  if (::poll(fds.data(), static_cast<nfds_t>(fds.size()), for_a_real_disk_ms) > 0) return;
  constexpr std::chrono::milliseconds longest{100};
  const Duration until = limits.until == TimePoint::max() ? longest : limits.until - now_;
  now_ += std::clamp<Duration>(until, std::chrono::milliseconds(1), longest);
}

void FakeTransport::abort(ExitStatus status) {
  ADD_FAILURE() << "all ranks are ended with status " << static_cast<int>(status);
  std::abort();
}

std::optional<std::string> FakeTransport::try_take(int to, protocol::Tag tag) {
  const auto found =
      std::find_if(sent.begin(), sent.end(), [&](const Sent& each) { return each.to == to && each.tag == tag; });
  if (found == sent.end()) return std::nullopt;
  std::string bytes = std::move(found->bytes);
  sent.erase(found);
  return bytes;
}

std::string FakeTransport::take(int to, protocol::Tag tag) {
  auto bytes = try_take(to, tag);
  EXPECT_TRUE(bytes) << "no message to rank " << to << " with tag " << static_cast<int>(tag);
  return bytes.value_or("");
}

bool FakeTransport::has(int to, protocol::Tag tag) const {
  return std::any_of(sent.begin(), sent.end(), [&](const Sent& each) { return each.to == to && each.tag == tag; });
}

void FakeTransport::drop(protocol::Tag tag) {
  std::erase_if(sent, [tag](const Sent& each) { return each.tag == tag; });
}

bool FakeRounds::step(const Contribution& mine, TimePoint) {
  if (is_final()) return false;
  sum_ = mine.tally;
  sum_ += others_;
  if (!verdict_.aborts()) verdict_ = evaluate(sum_, thresholds_, mine.never_handed_out == 0);
  if (quiet_farm_ == farm_)
    final_farm_ = farm_;
  else
    quiet_farm_ = mine.quiet_farm;
  return true;
}

}  // namespace prs::test
