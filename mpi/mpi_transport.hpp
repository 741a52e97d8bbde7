#pragma once

#include "farm/transport.hpp"
#include "mpi/mailbox.hpp"

namespace prs {

/// The farm's transport over MPI.
class MpiTransport final : public Transport {
 public:
  /// `peers` must outlive it.
  MpiTransport(MPI_Comm world, RankWatch& peers) : world_(world), peers_(peers), mailbox_(world, peers) {}

  using Transport::send;
  void send(int to, protocol::Tag tag, std::string bytes) override { mailbox_.send(to, tag, std::move(bytes)); }
  void send_to_workers(int ranks, protocol::Tag tag, const std::string& bytes) override;
  bool is_behind(int to) override { return mailbox_.is_behind(to); }
  std::optional<Letter> receive() override;
  void flush(Duration limit) override { mailbox_.flush(limit); }
  Peers& peers() override { return peers_; }
  StopsAsked stops_asked() override;
  void expect_traffic(TimePoint now) override { waiting_.traffic(now); }
  void rest(std::vector<pollfd>& fds, const Waiting::Limits& limits) override;
  TimePoint now() const override { return Clock::now(); }
  [[noreturn]] void abort(ExitStatus status) override;

 private:
  MPI_Comm world_;
  RankWatch& peers_;
  Mailbox mailbox_;
  Waiting waiting_;
  int stops_seen_ = 0;
};

}  // namespace prs
