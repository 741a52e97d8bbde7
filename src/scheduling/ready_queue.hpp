#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "scheduling/mini_batch_states.hpp"
#include "scheduling/suspects.hpp"

namespace prs {

/// In which order the ready mini-batches are handed out (rule 6.1): suspects, then what was handed out before, then
/// fresh ones in the order of the plan. The Dispatcher's only.
class ReadyQueue {
 public:
  /// `states` must outlive it.
  explicit ReadyQueue(MiniBatchStates& states) : states_(states), next_fresh_(states.begin()) {}
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  /// After all that earlier starts left: the first fresh mini-batch is looked for from the beginning.
  void begin();
  /// It is ready again; `in_front`: it is the next of its kind.
  void put_back(MiniBatchIndex mini_batch, bool in_front);
  /// The next one for this worker, which no suspect may be handed to unless it holds nothing. What this worker had last
  /// stays for another one, where one `waits_for_work`: then there may be none.
  std::optional<MiniBatchIndex> take(WorkerId worker, bool another_waits_for_work);

  bool is_empty() const { return !suspects_.are_waiting() && again_.empty() && next_fresh_ >= states_.end(); }
  /// Of fresh ones and those handed out before.
  std::uint64_t rest() const { return states_.ready() - suspects_.waiting(); }
  /// Who should not get the next one, because it had it last; 0: it is fresh.
  WorkerId last_worker_of_next() const;
  Suspects& suspects() { return suspects_; }
  const Suspects& suspects() const { return suspects_; }
  /// Counts anew; for tests.
  void check_invariants() const;

 private:
  std::optional<MiniBatchIndex> take_again(WorkerId worker, bool another_waits_for_work);
  void skip_to_fresh();

  MiniBatchStates& states_;
  Suspects suspects_;
  std::deque<MiniBatchIndex> again_;
  std::uint64_t next_fresh_;
};

}  // namespace prs
