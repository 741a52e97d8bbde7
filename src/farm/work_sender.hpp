#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "farm/protocol.hpp"
#include "farm/transport.hpp"
#include "scheduling/commands.hpp"

namespace prs {

/// What goes from rank 0 to each worker while it works: tasks, the acknowledgements of its outcomes once the ledger has
/// them, and a beat where there is nothing else to say. A turn costs what has changed, however many workers there are.
///
/// Of a worker that takes nothing, since it is stopped or its network is slow, rank 0 keeps one message. What follows
/// it is kept as numbers: the credit bounds these, and a task's paths are made only when it is sent.
class WorkSender {
 public:
  using MakeTask = std::function<Task(const HandOut&)>;
  WorkSender(Transport& transport, int ranks, MakeTask make_task)
      : transport_(transport), make_task_(std::move(make_task)), workers_(static_cast<std::size_t>(ranks)) {}

  void add(const HandOut& hand_out);
  /// An outcome of this worker has come; gives its number, which counts from 0.
  std::uint64_t note_outcome(int rank);
  /// What the acknowledgement of that number says beside: it was stale (rule 6.2), or counts as BAD_RETURN (rule 5.2).
  void drop(int rank, std::uint64_t number) { of(rank).work.dropped.push_back(number); }
  void overrule(int rank, std::uint64_t number) { of(rank).work.overruled.push_back(number); }
  bool has_outcomes_without_ticket() const { return !reporters_.empty(); }
  /// All outcomes so far are acknowledged once this ticket is written.
  void give_ticket(std::uint64_t ticket);

  /// `written`: the last ticket that is written. `is_prompt`: acknowledgements do not wait for a task to go with.
  void send(std::uint64_t written, bool is_prompt, TimePoint now);
  /// To each of those that have heard nothing for a while, and are not left out. Looks at each once in an interval, at
  /// one after the other.
  void send_beats(const std::function<bool(int rank)>& is_left_out, TimePoint now);
  /// Nothing goes to a lost worker any more.
  void forget(int rank);
  /// Some worker for which this holds waits for an acknowledgement.
  bool is_any_waiting(const std::function<bool(int rank)>& holds_for) const;

 private:
  /// Acknowledgements wait until the ledger's bytes are written.
  struct Unacknowledged {
    std::uint64_t ticket = 0;
    std::uint32_t rank = 0;
    std::uint64_t outcomes = 0;  ///< of this worker, in all
  };
  struct Worker {
    std::vector<HandOut> waiting;  ///< for the next send
    protocol::Work work;           ///< what goes with it; its tasks are made then
    std::uint64_t outcomes = 0;    ///< received, in all
    std::uint64_t ticketed = 0;    ///< of these, already with a ticket
    std::uint64_t told_acknowledged = 0;
    bool has_news = false;  ///< is in `news_`
    bool is_later = false;  ///< is in `later_`
    TimePoint last_sent{};

    bool has_anything() const { return !waiting.empty() || work.acknowledged != told_acknowledged; }
  };
  /// Whoever has nothing that is urgent, or takes nothing.
  struct Later {
    TimePoint due;
    std::uint32_t rank = 0;
  };
  Worker& of(int rank) { return workers_[static_cast<std::size_t>(rank)]; }
  void note_news(std::uint32_t rank);
  void note_later(std::uint32_t rank, TimePoint now);
  void send_to(std::uint32_t rank, bool is_prompt, TimePoint now);
  protocol::Work take_work(Worker& worker);
  void take_tasks(std::vector<HandOut>& waiting, std::vector<Task>& tasks);

  Transport& transport_;
  MakeTask make_task_;
  std::vector<Worker> workers_;                ///< by rank; [0] unused
  std::vector<std::uint32_t> reporters_;       ///< have outcomes without a ticket
  std::deque<Unacknowledged> unacknowledged_;  ///< in the order of their tickets
  std::vector<std::uint32_t> news_;            ///< have tasks or acknowledgements to get
  std::deque<Later> later_;                    ///< the same, in the order in which they are looked at again
  std::size_t next_beat_place_ = 1;
  TimePoint next_beat_{};  ///< when that worker is looked at
};

}  // namespace prs
