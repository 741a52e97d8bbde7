#pragma once

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

#include "farm/transport.hpp"

namespace prs {

/// A moment of rank 0: time, and processor time of its main thread.
struct Moment {
  double wall_seconds = 0, processor_seconds = 0;
};

inline Moment moment_now() {
  const auto seconds_of_clock = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  return {seconds_of_clock(CLOCK_REALTIME), seconds_of_clock(CLOCK_THREAD_CPUTIME_ID)};
}

/// Another transport, whose messages are counted. Notes when the last worker has said that its host is ready, when they
/// are asked to close, and when the last one has.
class WatchedTransport final : public Transport {
 public:
  WatchedTransport(Transport& transport, int ranks) : transport_(transport), workers_(ranks - 1) {}

  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }
  const Moment& all_ready() const { return all_ready_; }
  const Moment& first_close() const { return first_close_; }
  const Moment& all_closed() const { return all_closed_; }

  using Transport::send;
  void send(int to, protocol::Tag tag, std::string bytes) override {
    if (tag == protocol::Tag::close && sent_closes_++ == 0) first_close_ = moment_now();
    ++sent_;
    transport_.send(to, tag, std::move(bytes));
  }
  std::optional<Letter> receive() override {
    auto letter = transport_.receive();
    if (letter) note(letter->tag);
    return letter;
  }
  bool is_behind(int to) override { return transport_.is_behind(to); }
  void flush(Duration limit) override { transport_.flush(limit); }
  Peers& peers() override { return transport_.peers(); }
  StopsAsked stops_asked() override { return transport_.stops_asked(); }
  void expect_traffic(TimePoint now) override { transport_.expect_traffic(now); }
  void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) override { transport_.rest(fds, limits); }
  TimePoint now() const override { return transport_.now(); }
  [[noreturn]] void abort(ExitStatus status) override {
    transport_.abort(status);
    std::abort();
  }

 private:
  void note(protocol::Tag tag) {
    ++received_;
    if (tag == protocol::Tag::host_state && ++ready_ == workers_) all_ready_ = moment_now();
    if (tag == protocol::Tag::closed && ++closed_ == workers_) all_closed_ = moment_now();
  }

  Transport& transport_;
  int workers_, ready_ = 0, closed_ = 0;
  std::uint64_t sent_ = 0, received_ = 0;
  std::uint64_t sent_closes_ = 0;
  Moment all_ready_, first_close_, all_closed_;
};

}  // namespace prs
