#include "farm/share_hand_out.hpp"

#include <algorithm>
#include <utility>

#include "support/errors.hpp"

namespace prs {

void ShareHandOut::begin(const ShareOf& share, const ShareWritten& written, std::size_t shares, IsOut is_out) {
  share_written_ = written;
  damaged_.clear();
  begin(protocol::Tag::assemble, share, shares, std::move(is_out));
}

void ShareHandOut::begin_part_files(const ShareOf& part_file, std::size_t part_files, IsOut is_out) {
  begin(protocol::Tag::make_part_file, part_file, part_files, std::move(is_out));
}

void ShareHandOut::begin_survey(const ShareOf& share, const ShareSurveyed& surveyed, std::size_t shares, IsOut is_out) {
  share_surveyed_ = surveyed;
  begin(protocol::Tag::survey, share, shares, std::move(is_out));
}

void ShareHandOut::begin(protocol::Tag tag, const ShareOf& share, std::size_t shares, IsOut is_out) {
  tag_ = tag;
  share_of_ = share;
  is_out_ = std::move(is_out);
  shares_.assign(shares, {});
  first_free_ = 0;
  is_stopped_ = false;
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    free(static_cast<int>(rank));
    send_next(static_cast<int>(rank));
  }
}

void ShareHandOut::end() {
  share_of_ = nullptr;
  share_written_ = nullptr;
  share_surveyed_ = nullptr;
}

void ShareHandOut::free(int rank) {
  auto& share = workers_[static_cast<std::size_t>(rank)];
  if (share) --busy_;
  share.reset();
}

bool ShareHandOut::is_whole() const {
  return std::all_of(shares_.begin(), shares_.end(), [](const Share& share) { return share.is_taken; });
}

/// The next part of the share that the worker writes, or the first part that nobody has of another one.
void ShareHandOut::send_next(int rank) {
  if (!share_of_ || is_stopped_ || is_out_(rank)) return;
  auto& mine = workers_[static_cast<std::size_t>(rank)];
  for (;;) {
    if (!mine) {
      while (first_free_ < shares_.size() && shares_[first_free_].is_taken) ++first_free_;
      if (first_free_ == shares_.size()) return;
      shares_[first_free_].is_taken = true;
      mine = first_free_;
      ++busy_;
    }
    std::string bytes = share_of_(*mine, shares_[*mine].next_step++);
    if (!bytes.empty()) return transport_.send(rank, tag_, std::move(bytes));
    free(rank);
  }
}

void ShareHandOut::on_assembled(int from, const protocol::Assembled& assembled) {
  auto& mine = workers_[static_cast<std::size_t>(from)];
  damaged_.insert(damaged_.end(), assembled.damaged.begin(), assembled.damaged.end());
  if (share_written_ && mine && assembled.is_whole && assembled.damaged.empty())
    share_written_(*mine, shares_[*mine].next_step - 1);
  PRS_INVARIANT(assembled.is_whole || is_stopped_);
  if (is_stopped_) return free(from);
  send_next(from);
}

void ShareHandOut::on_surveyed(int from, std::string_view answer) {
  auto& mine = workers_[static_cast<std::size_t>(from)];
  if (!share_surveyed_ || !mine) return;  // it crossed what has ended the count
  share_surveyed_(*mine, answer);
  free(from);
  send_next(from);
}

void ShareHandOut::stop() {
  if (is_stopped_) return;
  is_stopped_ = true;
  for (std::size_t rank = 1; rank < workers_.size(); ++rank)
    transport_.send(static_cast<int>(rank), protocol::Tag::stop);
}

void ShareHandOut::give_away(int lost) {
  auto& his = workers_[static_cast<std::size_t>(lost)];
  if (!his) return;
  Share& share = shares_[*his];
  share.is_taken = false;
  --share.next_step;
  first_free_ = std::min(first_free_, *his);
  free(lost);
  for (std::size_t rank = 1; rank < workers_.size(); ++rank)
    if (!workers_[rank]) send_next(static_cast<int>(rank));
}

std::vector<MiniBatchIndex> ShareHandOut::take_damaged() {
  std::vector<MiniBatchIndex> damaged = std::exchange(damaged_, {});
  std::sort(damaged.begin(), damaged.end());
  damaged.erase(std::unique(damaged.begin(), damaged.end()), damaged.end());
  return damaged;
}

}  // namespace prs
