#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/mini_batch.hpp"
#include "script/host_wire.hpp"
#include "script/result_ring.hpp"
#include "script/table_load.hpp"
#include "support/clock.hpp"

namespace prs {

/// A task that the driver holds. `sequence` is given anew at each sending.
struct HeldTask {
  std::uint64_t sequence = 0;
  Task task;
  TimePoint given;
  std::unique_ptr<TableLoad> load;  ///< of a table that a loader reads ahead; else null

  /// What is known of it (rule 4.5).
  std::uint32_t items() const;
};

/// A frame for the host, until the next call.
struct TaskFrame {
  FrameType type{};
  const std::string& payload;
  int memory = -1;  ///< to go along
};

/// The tasks that a ScriptDriver holds: those that wait, and those that the host has been sent, in its order; what it
/// finished leaves at the front. Says which go next and which can be taken back; of tables, which is to be loaded next.
/// Sends and loads nothing itself.
class TaskWindow {
 public:
  /// No host gets more tasks than `most_per_host`; 0: no limit.
  explicit TaskWindow(std::uint64_t most_per_host) : most_per_host_(most_per_host) {}

  void give(Task task, TimePoint now);
  /// How many the host may hold at once, the running one included.
  void set_size(std::size_t tasks);
  /// The tasks that the host holds now go out one at a time, to find out which of them ends its host.
  void be_careful() { careful_ = sent_.size(); }

  std::size_t held() const { return waiting_.size() + sent_.size(); }
  bool has_waiting() const { return !waiting_.empty(); }
  std::size_t sent_count() const { return sent_.size(); }
  /// The task that the host runs first; there is one.
  std::uint64_t first_sequence() const { return sent_.front().sequence; }
  /// The place of a task among those that the host has been sent.
  std::optional<std::size_t> place_of(std::uint64_t sequence) const;

  /// How many may be sent now. A table that is not loaded yet holds back those behind it.
  std::size_t sendable() const;
  /// Sends as many of `count` as one frame takes, and counts them off.
  TaskFrame next_frame(std::size_t& count);
  /// The host has been sent all that one host may run.
  bool is_host_worn() const { return most_per_host_ != 0 && sent_to_host_ >= most_per_host_; }

  /// Newest first, until `keep` are held. `ring`: of a host that is ready, else null.
  std::vector<Task> take_back(std::size_t keep, ResultRing* ring);
  /// The host gave back a recalled task that it had not started. False where it had no reason to.
  bool accept_returned(std::uint64_t sequence);
  /// The task at this place has ended.
  HeldTask end(std::size_t place);
  /// The host is gone: what it held waits for the next one.
  void host_is_gone();

  /// A table that a loader reads ahead was given.
  bool has_loads() const { return has_loads_; }
  /// Of the tables that are loaded or asked for, those with the host too: how many, and how many bytes about. With the
  /// first of the others, or null.
  struct Loads {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    HeldTask* next = nullptr;
  };
  Loads loads();
  /// The task that waits for this load; null where it was taken back.
  HeldTask* find_load(std::uint64_t number);
  /// Ends the waiting tasks that no host can be given: they could not be loaded, or have no items.
  std::vector<HeldTask> take_unrunnable();

  /// Every task given is held, has ended or was taken back.
  bool adds_up() const { return given_ == ended_ + taken_ + held(); }

 private:
  const HeldTask& send_next();
  void recall(std::size_t keep, ResultRing& ring, std::vector<Task>& back);

  std::deque<HeldTask> waiting_, sent_;
  std::size_t size_ = 1;
  std::size_t careful_ = 0;  ///< so many are sent one at a time
  std::uint64_t next_sequence_ = 1;
  std::uint64_t recall_from_ = 0, recall_to_ = 0;  ///< a recall that the host has not yet confirmed, else 0
  std::uint64_t most_per_host_, sent_to_host_ = 0;
  std::uint64_t given_ = 0, ended_ = 0, taken_ = 0;
  bool has_loads_ = false;
  std::string payload_;  ///< kept for its memory
};

}  // namespace prs
