// How the workers put the final file together: each takes one share after the other until none is left.
#include <algorithm>

#include "farm/master.hpp"

namespace prs {
using protocol::Tag;

std::vector<MiniBatchIndex> Master::assemble(const ShareOf& share, const ShareWritten& written, std::size_t shares) {
  damaged_.clear();
  share_of_ = share;
  share_written_ = written;
  shares_.assign(shares, {});
  is_share_stopped_ = false;
  long_wait_ = {};
  for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
    workers_[rank].share.reset();
    workers_[rank].busy = protocol::Busy::no;
    send_share(workers_[rank], static_cast<int>(rank));
  }
  const auto is_idle = [](const WorkerState& worker) { return !worker.share; };
  while (!std::all_of(workers_.begin() + 1, workers_.end(), is_idle) && !is_patience_over() &&
         !(ending_ && ending_->status == ExitStatus::infrastructure)) {
    turn();
    look_for_trouble(parts_.transport.now());
    if (ending_) stop_shares();
  }
  is_forced_ = is_forced_ || is_patience_over();
  const bool is_whole = std::all_of(shares_.begin(), shares_.end(), [](const Share& each) { return each.is_taken; });
  if (!is_whole && !ending_) {
    is_ended_by_loss_ = true;
    end_with({ExitStatus::infrastructure,
              "no worker is left to write the output: " + lost_workers_.back() + what_follows,
              parts_.folder.master_log()});
  }
  share_of_ = nullptr;
  share_written_ = nullptr;
  std::sort(damaged_.begin(), damaged_.end());
  damaged_.erase(std::unique(damaged_.begin(), damaged_.end()), damaged_.end());
  return damaged_;
}

/// The next part of the share that the worker writes, or the first part that nobody has of another one.
void Master::send_share(WorkerState& worker, int rank) {
  if (!share_of_ || worker.is_lost || ending_) return;
  for (;;) {
    if (!worker.share) {
      const auto next = std::find_if(shares_.begin(), shares_.end(), [](const Share& each) { return !each.is_taken; });
      if (next == shares_.end()) return;
      next->is_taken = true;
      worker.share = static_cast<std::size_t>(next - shares_.begin());
    }
    std::string bytes = share_of_(*worker.share, shares_[*worker.share].next_step++);
    if (!bytes.empty()) return parts_.transport.send(rank, Tag::assemble, std::move(bytes));
    worker.share.reset();
  }
}

void Master::on_assembled(WorkerState& from, const Letter& letter) {
  const protocol::Assembled assembled = protocol::assembled_of(letter.bytes);
  damaged_.insert(damaged_.end(), assembled.damaged.begin(), assembled.damaged.end());
  from.busy = protocol::Busy::no;
  if (share_written_ && from.share && assembled.is_whole && assembled.damaged.empty())
    share_written_(*from.share, shares_[*from.share].next_step - 1);
  PRS_INVARIANT(assembled.is_whole || ending_);
  if (ending_) return from.share.reset();
  send_share(from, letter.from);
}

/// Whoever writes a share ends with the block that it is at, and answers.
void Master::stop_shares() {
  if (is_share_stopped_) return;
  is_share_stopped_ = true;
  tell_all(Tag::stop);
}

/// Somebody else writes on where a lost worker was; what it had begun is written once more, to the same place.
void Master::give_share_away(WorkerState& lost) {
  if (!lost.share) return;
  Share& share = shares_[*lost.share];
  share.is_taken = false;
  --share.next_step;
  lost.share.reset();
  for (std::size_t rank = 1; rank < workers_.size(); ++rank)
    if (!workers_[rank].is_lost && !workers_[rank].share) send_share(workers_[rank], static_cast<int>(rank));
}

}  // namespace prs
