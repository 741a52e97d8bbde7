#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "farm/rounds.hpp"
#include "farm/transport.hpp"

namespace prs::test {

/// The other ranks as a test wants them: who is lost is put in, and what is asked is kept.
class FakePeers final : public Peers {
 public:
  bool can_go_on() const override { return is_fault_tolerant; }
  std::string grade_text() const override { return "played"; }
  bool is_lost(int rank) const override { return lost_.contains(rank); }
  bool is_any_lost() const override { return !lost_.empty(); }
  bool is_lowest_left() const override { return true; }
  std::vector<Loss> take_losses(TimePoint now) override;
  Duration silence_of(int rank, TimePoint now) const override;
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now) override;
  void declare_lost(Loss loss) override;
  void end_by_force(int rank) override { forced.push_back(rank); }

  void lose(int rank, bool is_silent = false) { declare_lost({rank, "its process ended", is_silent}); }

  bool is_fault_tolerant = false;
  std::vector<int> forced;  ///< were ended by force

 private:
  std::set<int> lost_;
  std::vector<Loss> news_;
  std::map<int, TimePoint> last_heard_;
};

/// A transport that keeps what is sent until the test takes it, and gives what the test puts in, on a clock of its own.
/// rest() lets the real I/O thread come to its end, and then moves the clock. At its end nothing may be left.
class FakeTransport final : public Transport {
 public:
  struct Sent {
    int to = 0;
    protocol::Tag tag{};
    std::string bytes;
  };
  ~FakeTransport() override;

  using Transport::send;
  void send(int to, protocol::Tag tag, std::string bytes) override;
  std::optional<Letter> receive() override;
  void flush(Duration) override {}
  FakePeers& peers() override { return peers_; }
  StopsAsked stops_asked() override { return stops; }
  void expect_traffic(TimePoint) override {}
  void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) override;
  TimePoint now() const override { return now_; }
  [[noreturn]] void abort(ExitStatus status) override;

  /// A letter that the rank will receive.
  void put(int from, protocol::Tag tag, std::string bytes = {}) { letters_.push_back({from, tag, std::move(bytes)}); }
  /// Called at each rest, before the clock moves: where a test answers what was sent. What it takes is gone.
  std::function<void()> on_rest = [] {};
  /// The first message that was sent to this rank with this tag; fails the test where there is none.
  std::string take(int to, protocol::Tag tag);
  std::optional<std::string> try_take(int to, protocol::Tag tag);
  bool has(int to, protocol::Tag tag) const;
  /// Messages of no interest to the test.
  void drop(protocol::Tag tag);
  void advance(Duration time) { now_ += time; }

  StopsAsked stops;
  std::vector<Sent> sent;

 private:
  FakePeers peers_;
  std::deque<Letter> letters_;
  TimePoint now_ = Clock::now();
};

/// Rounds that end at once, over this rank's contribution and what the test says that all others have.
class FakeRounds final : public Rounds {
 public:
  FakeRounds(const Thresholds& thresholds, const Tally& others) : thresholds_(thresholds), others_(others) {}

  bool step(const Contribution& mine, TimePoint now) override;
  void hurry() override {}
  void begin_farm(std::uint32_t farm) override { farm_ = farm; }
  bool is_final() const override { return final_farm_ == farm_; }
  void on_rank_lost(int rank, TimePoint) override { missing_.push_back(rank); }
  bool is_mending() const override { return false; }
  const std::vector<int>& missing() const override { return missing_; }
  const Verdict& verdict() const override { return verdict_; }
  const Tally& sum() const override { return sum_; }
  TimePoint next_due() const override { return TimePoint::max(); }

 private:
  Thresholds thresholds_;
  const Tally& others_;
  Tally sum_;
  Verdict verdict_;
  std::vector<int> missing_;
  std::uint32_t farm_ = 1, quiet_farm_ = 0, final_farm_ = 0;
};

}  // namespace prs::test
