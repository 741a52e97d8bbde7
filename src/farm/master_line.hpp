#pragma once

#include <string>

#include "farm/transport.hpp"

namespace prs {

/// What a worker says to the master, and what of it is said only once.
class MasterLine {
 public:
  explicit MasterLine(Transport& transport) : transport_(transport) {}
  void send(protocol::Tag tag, std::string bytes = {});
  /// Nothing else was said for so long that a sign of life is due.
  bool is_beat_due(TimePoint now) const { return now - last_sent_ >= protocol::beat_interval; }
  void tell_signals();
  /// False: trouble was told before.
  bool begin_trouble();
  bool has_trouble() const { return has_trouble_; }

 private:
  Transport& transport_;
  TimePoint last_sent_{};
  int told_signals_ = 0;
  bool has_trouble_ = false;
};

}  // namespace prs
