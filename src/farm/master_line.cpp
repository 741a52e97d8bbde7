#include "farm/master_line.hpp"

#include <utility>

namespace prs {

void MasterLine::send(protocol::Tag tag, std::string bytes) {
  last_sent_ = transport_.now();
  transport_.send(0, tag, std::move(bytes));
}

void MasterLine::tell_signals() {
  const StopsAsked asked = transport_.stops_asked();
  if (asked.count == told_signals_) return;
  told_signals_ = asked.count;
  send(protocol::Tag::signal, protocol::plain_bytes(protocol::Signal{asked.last, asked.count}));
}

bool MasterLine::begin_trouble() {
  return !std::exchange(has_trouble_, true);
}

}  // namespace prs
