#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "script/host_channel.hpp"
#include "script/host_process.hpp"
#include "script/result_ring.hpp"
#include "script/script_driver.hpp"

namespace prs {

/// Why the driver stopped a host; kept apart from how it died. `none`: it ended by itself.
enum class StopReason {
  none,
  init_failed,  ///< it said so itself
  init_timeout,
  run_timeout,
  load_timeout,
  closed_socket,  ///< the process lives but can't be talked to
  broken_answer,  ///< it sent, or left in the ring, what no host does
  interrupted,    ///< it said that an exception of the script's own ended it from aside
  host_failed,    ///< it said that a bug of its own ended it
  closed,         ///< it was asked to shut down, and did or ran out of time
  killed,         ///< kill_all()
};

//  Starting ──ready──▶ Ready ──asked to shut down──▶ Closing
//     │                  │                              │
//     └──── the host ended by itself, or is stopped ────┘
//                        ▼
//                      Dying ──tree gone, results harvested, the running task charged or not──▶ (next host)
enum class HostStage { starting, ready, closing, dying };

/// One script host, from its start to the end of its tree.
struct ScriptHost {
  ScriptHost(const ScriptSettings& settings, TimePoint now);

  HostChannel channel;
  ResultRing ring;
  std::uint64_t stderr_start_bytes =
      0;                ///< where this host's part of the stderr file begins; before it can write there
  HostProcess process;  ///< after what it needs, so that it dies first

  HostStage stage = HostStage::starting;
  StopReason reason = StopReason::none;
  std::uint64_t stopped_for = 0;  ///< the sequence that a time limit strikes
  std::optional<Failure> init_failure;
  Failure own_end;  ///< what it said, where it was interrupted or failed
  bool was_ready = false, has_started_task = false;
  bool has_open_rows = false;  ///< of the front task: a piece was handed on, its end was not

  TimePoint spawned, dying_since;
  TimePoint close_until = TimePoint::max();
  std::optional<TimePoint> closed_socket_since;
  bool is_shutdown_done = false, is_terminate_sent = false;
  std::int64_t started_unix_nanoseconds = 0;

  std::uint64_t tasks_sent = 0;
  TimePoint last_notified;
  std::uint64_t space_told_at = UINT64_MAX;      ///< what was published when the host was last told of room
  std::uint64_t recall_from = 0, recall_to = 0;  ///< a recall that the host has not yet confirmed, else 0

  /// What the time limits count from: the running word as last seen, since when, and the time that is not the host's:
  /// when the worker did not look, or took no results.
  RunningNow seen;
  TimePoint seen_since;
  std::optional<TimePoint> idle_with_tasks_since;
  Duration unwatched{};
};

/// A task that the driver holds. `sequence` is given anew at each sending.
struct HeldTask {
  std::uint64_t sequence = 0;
  Task task;
  TimePoint given;
};

/// The driver's insides. script_driver.cpp: what the worker calls, and sending; script_driver_harvest.cpp: results;
/// script_driver_limits.cpp: time limits; script_driver_end.cpp: the end of a host.
struct ScriptDriver::State {
  State(ScriptSettings settings_, RowSink& rows_) : settings(std::move(settings_)), rows(rows_) {}

  ScriptSettings settings;
  RowSink& rows;
  std::size_t window = 1;
  bool is_started = false, is_killed = false, is_paused = false;
  bool has_more_to_harvest = false;  ///< the last harvest ended before the ring did
  std::optional<TimePoint> shutdown_until;

  std::deque<HeldTask> waiting;  ///< not with a host
  std::deque<HeldTask> sent;     ///< with the host, in its order; what it finished leaves at the front
  std::uint64_t next_sequence = 1;
  std::uint64_t given_count = 0, ended_count = 0, taken_count = 0;
  std::string tasks_payload;  ///< this and the next are kept for their memory
  std::vector<pollfd> poll_fds;

  std::unique_ptr<ScriptHost> host;
  std::vector<std::unique_ptr<ScriptHost>> unkillable;  ///< hang in the kernel; waited for
  TimePoint restart_at;
  TimePoint last_poll, wanted_poll = TimePoint::max();

  int init_failures_in_row = 0;
  int uncharged_deaths_in_row = 0;
  std::size_t careful_tasks = 0;  ///< so many are sent one at a time, to find out which of them ends its host
  std::optional<Failure> first_init_failure, gave_up;
  std::optional<std::string> internal_error;  ///< the next poll() throws it: what the last one found was handed on

  // script_driver.cpp
  bool wants_host() const;
  void start_host(TimePoint now, Events& events);
  void listen(TimePoint now, Events& events);
  void read_channel(TimePoint now, Events& events);
  void accept_frame(Frame& frame, TimePoint now, Events& events);
  void send_setup();
  void send_tasks(TimePoint now);
  void close_if_due(TimePoint now);
  void recall(std::size_t keep, std::vector<Task>& back);

  // script_driver_harvest.cpp
  void harvest(TimePoint now, Events& events);
  bool accept_record(const ResultRecord& record, TimePoint now, Events& events);
  bool accept_returned(std::uint64_t sequence);
  void note_end_of_try();
  void end_try(const ResultRecord& record, TimePoint now, Events& events);
  void tell_space();

  // script_driver_limits.cpp
  void enforce_limits(TimePoint now);
  void enforce_task_limits(TimePoint now);
  void note_what_runs(TimePoint now);
  TimePoint run_start() const;
  TimePoint next_limit() const;
  void note_unwatched_time(TimePoint now);

  // script_driver_end.cpp
  void stop(StopReason reason, TimePoint now, std::uint64_t sequence = 0);
  void settle_if_gone(TimePoint now, Events& events);
  void settle(TimePoint now, Events& events);
  void charge(TimePoint now, Events& events);
  bool has_run_something() const;
  std::optional<std::uint64_t> victim();
  void drop_open_rows();
  void fail_task(std::size_t place, TryStatus status, Failure failure, TimePoint now, Events& events);
  Failure death_failure() const;
  std::string internal_error_text() const;
  Failure host_init_failure() const;
  void count_init_failure(Failure failure, TimePoint now, Events& events);
  void release_unkillable();

  bool is_with_host(std::uint64_t sequence) const {
    return !sent.empty() && sequence >= sent.front().sequence && sequence <= sent.back().sequence;
  }
  bool has_limits() const { return !settings.is_foreground; }
};

}  // namespace prs
