#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/world.hpp"
#include "farm/transport.hpp"

namespace prs {

/// Who runs where: one rank for each host, rank 0 first.
World world_on(const std::vector<std::string>& hosts);

/// Peers that are lost when a test says so. Who is ended by force is kept, and must be taken.
class FakePeers final : public Peers {
 public:
  FakePeers(int rank, int size);
  ~FakePeers() override;

  bool can_go_on() const override { return can_go_on_; }
  std::string grade_text() const override { return "losses are played"; }
  bool is_lost(int rank) const override { return is_lost_[static_cast<std::size_t>(rank)]; }
  bool is_any_lost() const override;
  bool is_lowest_left() const override;
  std::vector<Loss> take_losses(TimePoint now) override;
  Duration silence_of(int rank, TimePoint now) const override;
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now) override;
  void declare_lost(Loss loss) override;
  void end_by_force(int rank) override { ended_by_force_.push_back(rank); }

  // The test's part
  /// Where this is never called, the job ends with the first loss, as under Open MPI 4.
  void survive_losses() { can_go_on_ = true; }
  /// The role finds it in its next look.
  void lose(int rank, const std::string& how = "its process ended", bool is_silent = false);
  void heard_from(int rank, TimePoint now) { last_heard_[static_cast<std::size_t>(rank)] = now; }
  /// How often the rank must give a sign; none: it need not.
  std::optional<Duration> sign_limit(int rank) const { return limits_[static_cast<std::size_t>(rank)]; }
  std::vector<int> take_ended_by_force();

 private:
  int rank_;
  bool can_go_on_ = false;
  std::vector<bool> is_lost_;
  std::vector<TimePoint> last_heard_;
  std::vector<std::optional<Duration>> limits_;
  std::vector<Loss> losses_;
  std::vector<int> ended_by_force_;
};

/// What a role has sent.
struct Sent {
  int to = 0;
  protocol::Tag tag{};
  std::string bytes;
};

/// A transport that records, with a clock of its own. For both roles, one for each rank.
///
/// What was sent must be taken: what is left at the end fails the test. So does a letter that was not received, a loss
/// that was not found and a signal that was not seen. Beats are apart: how many there are is a matter of time.
///
/// A rest waits for the descriptors for a millisecond at most, so that a real IoThread gets on. Nothing readable: the
/// clock moves on by the nap.
class FakeTransport final : public Transport {
 public:
  FakeTransport(int rank, int size);
  ~FakeTransport() override;

  using Transport::send;
  void send(int to, protocol::Tag tag, std::string bytes) override;
  std::optional<Letter> receive() override;
  void flush(Duration limit) override;
  FakePeers& peers() override { return peers_; }
  StopsAsked stops_asked() override;
  void expect_traffic(TimePoint) override {}
  bool is_behind(int to) override { return behind.contains(to); }
  void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) override;
  TimePoint now() const override { return now_; }
  struct Aborted {
    ExitStatus status;
  };
  /// Throws Aborted.
  [[noreturn]] void abort(ExitStatus status) override;

  // The test's part
  void put(int from, protocol::Tag tag, std::string bytes = {});
  void signal(int number);
  void advance(Duration by) { now_ += by; }
  /// Called in each rest: for a role whose loop is not the test's own.
  void at_rest(std::function<void()> call) { at_rest_ = std::move(call); }
  /// The limits of the last rest.
  const Waiting::Limits& last_limits() const { return limits_; }

  bool has_sent() const { return !sent_.empty(); }
  bool has_sent(protocol::Tag tag) const;
  /// The oldest message, which must be of this kind; its bytes.
  std::string take(int to, protocol::Tag tag);
  /// The same to rank 0.
  std::string take(protocol::Tag tag) { return take(0, tag); }
  /// The oldest message of this kind to this rank, wherever it stands; none: there is no such one.
  std::optional<std::string> try_take(int to, protocol::Tag tag);
  bool has_sent(int to, protocol::Tag tag) const;
  std::vector<Sent> take_all();
  /// The tags of all that was sent, oldest first; it stays.
  std::vector<protocol::Tag> sent_tags() const;
  /// By rank; they need not be taken.
  std::vector<std::string> take_beats(int to = 0);
  int flushes() const { return flushes_; }
  std::set<int> behind;  ///< ranks that take nothing

 private:
  FakePeers peers_;
  TimePoint now_;
  std::deque<Sent> sent_;
  std::deque<Letter> letters_;
  std::map<int, std::vector<std::string>> beats_;
  StopsAsked stops_;
  int stops_seen_ = 0;
  int flushes_ = 0;
  int rests_ = 0;
  Waiting::Limits limits_;
  std::function<void()> at_rest_;
};

}  // namespace prs
