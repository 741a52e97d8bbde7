#pragma once

#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "farm/transport.hpp"
#include "scheduling/pacing.hpp"

namespace prs {

/// How the virtual workers run, and how their messages travel.
struct VirtualRuns {
  Duration run{};                                    ///< of one mini-batch, on average
  double spread = 0.5;                               ///< a run takes `run` × (1 ± spread), evenly
  Duration start{};                                  ///< the hosts get ready within it, evenly
  Duration latency = std::chrono::microseconds(20);  ///< of a message
};

/// What the workers did until the last mini-batch was handed out.
struct VirtualIdleness {
  double mean = 0, worst = 0;  ///< part of a worker's time
  std::uint64_t ended = 0;     ///< mini-batches
};

/// Workers in virtual time that are nothing but their messages: each asks as a real one would, has every mini-batch
/// last its time, and reports it. Time moves on by advance() alone.
class VirtualWorkers {
 public:
  VirtualWorkers(int ranks, const VirtualRuns& runs);
  /// A message to a worker, sent now.
  void deliver(int rank, protocol::Tag tag, std::string bytes, TimePoint now);
  /// All that the workers do until then; what reaches rank 0 by then is appended to `letters`, in order.
  void advance(TimePoint until, std::vector<Letter>& letters);
  /// Nothing was left to hand out from then on: nobody's idleness counts after it.
  void close_window(TimePoint end);
  VirtualIdleness idleness() const;

 private:
  enum class Kind : std::uint8_t { letter_to_worker, host_ready, run_over, report_due, beat_due, letter_to_master };
  struct Event {
    TimePoint at;
    std::uint64_t number = 0;  ///< in the order made: ties are broken by it
    Kind kind{};
    int rank = 0;
    std::uint32_t slot = 0;  ///< of its message
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : number > other.number; }
  };
  struct Message {
    protocol::Tag tag{};
    std::string bytes;
  };
  struct Held {
    MiniBatchIndex mini_batch;
    std::uint32_t dequeue_count = 0;
  };
  struct Worker {
    std::vector<Held> held;  ///< the first one runs
    std::vector<protocol::ReportedOutcome> ended;
    MeanRun mean;
    Duration current{};  ///< of the run that goes on
    TimePoint ready_at{}, idle_since{}, last_sent{}, last_report{};
    Duration idle{};
    bool is_ready = false, is_report_due = false;
  };

  void add(TimePoint at, Kind kind, int rank, std::uint32_t slot = 0);
  std::uint32_t keep(protocol::Tag tag, std::string bytes);
  Message take(std::uint32_t slot);
  void say(int rank, protocol::Tag tag, std::string bytes, TimePoint now);
  void perform(const Event& event, std::vector<Letter>& letters);
  void on_message(int rank, const Message& message, TimePoint now);
  void on_work(int rank, const std::string& bytes, TimePoint now);
  void give_back(int rank, std::uint32_t keep, TimePoint now);
  void begin_run(int rank, TimePoint now);
  void on_run_over(int rank, TimePoint now);
  void report(int rank, TimePoint now);
  void beat(int rank, TimePoint now);
  void end_idleness(Worker& worker, TimePoint now);
  TimePoint seen_at(const Worker& worker, TimePoint arrival) const;
  Worker& of(int rank) { return workers_[static_cast<std::size_t>(rank)]; }

  VirtualRuns runs_;
  std::vector<Worker> workers_;  ///< by rank; [0] unused
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t made_ = 0, ended_ = 0;
  TimePoint window_end_ = TimePoint::max();
  std::mt19937_64 random_{1};
};

}  // namespace prs
