#include "scheduling/ready_queue.hpp"

#include <algorithm>

#include "scheduling/require.hpp"

namespace prs {
namespace {

/// How many queued mini-batches are looked through for one that another worker had.
constexpr std::size_t look_ahead = 8;

}  // namespace

void ReadyQueue::begin() {
  for (const MiniBatchIndex suspect : suspects_.all())
    if (!states_.is_queued(suspect)) put_back(suspect, false);
  skip_to_fresh();
}

void ReadyQueue::skip_to_fresh() {
  while (next_fresh_ < states_.end() && !states_.is_fresh(MiniBatchIndex{next_fresh_})) ++next_fresh_;
}

void ReadyQueue::put_back(MiniBatchIndex mini_batch, bool in_front) {
  states_.set_queued(mini_batch, true);
  if (suspects_.contains(mini_batch))
    suspects_.put_back(mini_batch, in_front);
  else if (in_front)
    again_.push_front(mini_batch);
  else
    again_.push_back(mini_batch);
}

std::optional<MiniBatchIndex> ReadyQueue::take(WorkerId worker, bool another_waits_for_work) {
  if (suspects_.are_waiting()) {
    const MiniBatchIndex suspect = suspects_.take();
    states_.set_queued(suspect, false);
    return suspect;
  }
  if (!again_.empty()) return take_again(worker, another_waits_for_work);
  if (next_fresh_ >= states_.end()) return std::nullopt;
  const MiniBatchIndex fresh{next_fresh_++};
  skip_to_fresh();
  return fresh;
}

/// A failed mini-batch goes to another worker where one is free.
std::optional<MiniBatchIndex> ReadyQueue::take_again(WorkerId worker, bool another_waits_for_work) {
  const auto end = again_.begin() + static_cast<std::ptrdiff_t>(std::min(again_.size(), look_ahead));
  auto chosen = std::find_if(again_.begin(), end,
                             [&](MiniBatchIndex mini_batch) { return states_.last_worker_of(mini_batch) != worker; });
  if (chosen == end) {
    if (another_waits_for_work) return std::nullopt;
    chosen = again_.begin();
  }
  const MiniBatchIndex next = *chosen;
  again_.erase(chosen);
  states_.set_queued(next, false);
  return next;
}

WorkerId ReadyQueue::last_worker_of_next() const {
  if (suspects_.are_waiting()) return states_.last_worker_of(suspects_.next());
  return again_.empty() ? WorkerId{} : states_.last_worker_of(again_.front());
}

void ReadyQueue::check_invariants() const {
  std::uint64_t queued = 0, fresh = 0;
  for (std::uint64_t i = states_.begin(); i < states_.end(); ++i) {
    queued += states_.is_queued(MiniBatchIndex{i});
    if (!states_.is_fresh(MiniBatchIndex{i})) continue;
    ++fresh;
    require(i >= next_fresh_, "a fresh mini-batch lies behind the cursor");
  }
  require(queued == again_.size() + suspects_.waiting(), "the queues hold what is marked queued");
  require(fresh == rest() - again_.size(), "fresh is counted once");
}

}  // namespace prs
