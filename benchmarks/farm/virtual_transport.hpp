#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "benchmarks/farm/virtual_workers.hpp"
#include "cluster/silences.hpp"
#include "farm/rounds.hpp"
#include "farm/transport.hpp"

namespace prs {

/// Nobody is ever lost. Silences are watched as RankWatch does, since that costs rank 0 something.
class VirtualPeers final : public Peers {
 public:
  explicit VirtualPeers(int ranks) : silences_(ranks) {}
  bool can_go_on() const override { return true; }
  std::string grade_text() const override { return "virtual ranks"; }
  bool is_lost(int) const override { return false; }
  bool is_any_lost() const override { return false; }
  bool is_lowest_left() const override { return false; }
  std::vector<Loss> take_losses(TimePoint now) override;
  Duration silence_of(int rank, TimePoint now) const override { return silences_.silence_of(rank, now); }
  void listen_to(int rank, std::optional<Duration> limit, TimePoint now) override {
    silences_.listen_to(rank, limit, now);
  }
  void declare_lost(Loss) override {}
  void end_by_force(int) override {}
  void heard_from(int rank, TimePoint now) { silences_.heard_from(rank, now); }

 private:
  Silences silences_;
};

/// The rounds of rank 0, with nobody else in them.
class VirtualRounds final : public Rounds {
 public:
  bool step(const Contribution& mine, TimePoint now) override;
  void hurry() override { is_hurried_ = true; }
  void begin_farm(std::uint32_t) override {}
  bool is_final() const override { return is_final_; }
  void on_rank_lost(int) override {}
  const Verdict& verdict() const override { return verdict_; }
  const Tally& sum() const override { return sum_; }
  TimePoint next_due() const override { return is_final_ ? TimePoint::max() : next_; }

 private:
  Verdict verdict_;
  Tally sum_;
  TimePoint next_{};
  bool is_hurried_ = false, is_final_ = false;
};

/// What a message costs rank 0 beside the farm's own code: sending one, and receiving one.
struct MessageCost {
  Duration send{}, receive{};
};

/// What rank 0 has spent.
struct VirtualCost {
  std::uint64_t sent = 0, received = 0, turns = 0;
  Duration code{};  ///< processor time of the farm's own code
  Duration busy{};  ///< that, and the messages
};

/// The transport of rank 0 in virtual time. Its clock moves on by the processor time that the farm's code really takes,
/// by the cost of each message, and by the naps. The disk is always done before the next turn.
class VirtualTransport final : public Transport {
 public:
  VirtualTransport(int ranks, const VirtualRuns& runs, const MessageCost& cost);
  /// Called before each nap.
  void at_rest(std::function<void()> call) { at_rest_ = std::move(call); }
  VirtualWorkers& workers() { return workers_; }
  VirtualCost spent() const { return spent_; }

  using Transport::send;
  void send(int to, protocol::Tag tag, std::string bytes) override;
  std::optional<Letter> receive() override;
  bool is_behind(int) override { return false; }
  void flush(Duration) override {}
  VirtualPeers& peers() override { return peers_; }
  StopsAsked stops_asked() override { return {}; }
  void expect_traffic(TimePoint now) override { waiting_.traffic(now); }
  void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) override;
  TimePoint now() const override { return now_; }
  [[noreturn]] void abort(ExitStatus status) override;

 private:
  void charge_code();
  void spend(Duration time);

  MessageCost cost_;
  VirtualPeers peers_;
  VirtualWorkers workers_;
  Waiting waiting_;
  TimePoint now_;
  Duration code_mark_{};  ///< the thread's processor time when the farm's code last went on
  std::vector<Letter> letters_;
  std::size_t next_letter_ = 0;
  VirtualCost spent_;
  std::function<void()> at_rest_ = [] {};
};

}  // namespace prs
