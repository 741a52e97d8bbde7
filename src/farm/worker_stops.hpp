#pragma once

#include <cstdint>
#include <optional>

#include "farm/protocol.hpp"

namespace prs {

/// Whether a worker may still start tries, and how far the end of the farm is. Pure.
class WorkerStops {
 public:
  //  open ──Stop, or a verdict──▶ stopped ──Close──▶ closing ──all is over and written──▶ closed
  //    any of these ──a message names a later farm──▶ open
  /// The latest farm; nothing changes where it is known already.
  void begin_farm(std::uint32_t farm);
  /// The master said so: it stays, whatever the rounds say.
  void on_stop() { is_told_ = true; }
  /// False: nothing new, it is stopped already.
  bool stop();
  /// A round does not abort: one that did broke on other ranks, and did not come again.
  void on_good_verdict() { is_stopped_ = is_told_; }
  /// False: the Close crossed our Closed.
  bool on_close(const protocol::Close& close);
  void set_closed() { has_closed_ = true; }
  void note_failed_shutdown() { ++closed_.failed_shutdowns; }
  /// What Closed says.
  const protocol::Closed& closed() const { return closed_; }

  bool is_stopped() const { return is_stopped_; }
  bool is_closing_or_closed() const { return close_.has_value(); }
  /// Closed is still to be said.
  bool is_closing() const { return close_.has_value() && !has_closed_; }
  /// What is harvested now is no outcome any more (rule 6.5).
  bool is_killing() const { return close_ && !close_->is_healthy; }
  bool is_in_trouble() const { return close_ && close_->is_in_trouble; }

 private:
  std::uint32_t farm_ = 1;
  bool is_stopped_ = false;  ///< nothing new is started
  bool is_told_ = false;     ///< … because the master said so; else a round did
  std::optional<protocol::Close> close_;
  bool has_closed_ = false;
  protocol::Closed closed_;
};

}  // namespace prs
