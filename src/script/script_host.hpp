#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "script/host_channel.hpp"
#include "script/host_process.hpp"
#include "script/result_ring.hpp"
#include "script/script_settings.hpp"
#include "script/task_driver.hpp"
#include "script/task_window.hpp"
#include "support/stop_signals.hpp"

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

/// A host that was asked to shut down.
struct HostClosing {
  TimePoint since;
  TimePoint until = TimePoint::max();
  bool is_terminate_sent = false;
  bool is_shutdown_done = false;
};

/// How a host came to its end.
struct HostEnd {
  StopReason reason = StopReason::none;
  std::uint64_t stopped_for = 0;  ///< the sequence that a time limit struck
  TimePoint since;
  std::optional<Failure> init_failure;
  Failure own_words;  ///< where it was interrupted or failed
};

/// One script host, from its start to the end of its tree: its process, the channel to it, the ring with its results,
/// and what it said. Decides nothing: ScriptDriver does.
class ScriptHost {
 public:
  /// Starts it. Throws InfrastructureError. `settings` lives longer.
  ScriptHost(const ScriptSettings& settings, TimePoint now);

  HostStage stage() const { return stage_; }
  const HostClosing& closing() const { return closing_; }
  const HostEnd& end() const { return end_; }
  ResultRing& ring() { return ring_; }
  const ResultRing& ring() const { return ring_; }
  HostProcess& process() { return process_; }
  const HostProcess& process() const { return process_; }
  TimePoint spawned() const { return spawned_; }
  std::int64_t started_unix_nanoseconds() const { return started_unix_nanoseconds_; }
  /// Its end of the socket is closed, and it did not say good-bye.
  bool has_hung_up() const { return channel_.is_at_end() && !closing_.is_shutdown_done; }

  /// Hears what the host and its keeper say.
  void listen(TimePoint now, TaskDriver::Events& events);
  /// Throws InfrastructureError where a table's memory cannot be sent along.
  void send_tasks(const TaskFrame& frame, TimePoint now);
  /// Where it waits for room in the ring and there is some.
  void tell_space();
  void begin_closing(TimePoint now, TimePoint until);
  /// SIGTERM, while it closes.
  void terminate();
  /// Kills the tree. The first reason stays, but StopReason::killed beats all. `sequence`: of the task that a limit
  /// strikes.
  void stop(StopReason reason, TimePoint now, std::uint64_t sequence = 0);
  /// Sends what the socket takes.
  void flush() { channel_.flush(); }
  void add_poll_fds(std::vector<pollfd>& fds) const;
  /// How long to leave a dying one alone.
  Duration dying_pause() const;
  /// When a short run's result may lie in the ring without a word; a little later there is a word for each.
  TimePoint quiet_result_due() const;

  void note_started_task() { has_started_task_ = true; }
  bool has_started_task() const { return has_started_task_; }
  /// Else its end is a failure of init(): no mini-batch can have caused it.
  bool has_run_something(bool has_tasks) const;

  /// Slurm sends a signal that asks for a stop to every process of a job, one after the other. Where such a signal may
  /// have ended the host, and this rank has got it too, the host's end is nobody's fault.
  bool is_stopped_with_us() const { return was_told_to_stop() && StopSignals::count() > 0; }
  /// Our own signal may still come.
  bool may_be_stopped_with_us(TimePoint now) const;

  // What is told of its end, once it is dying.
  Failure death_failure() const;
  /// Of the try that it ended.
  Failure try_failure() const;
  Failure init_failure() const;
  std::string internal_error() const;

 private:
  void read_channel(TimePoint now, TaskDriver::Events& events);
  void accept_frame(Frame& frame, TimePoint now, TaskDriver::Events& events);
  bool was_told_to_stop() const;
  bool has_stderr_file() const { return !settings_.is_foreground && !settings_.files.stderr_file.empty(); }

  const ScriptSettings& settings_;
  HostChannel channel_;
  ResultRing ring_;
  std::uint64_t stderr_start_bytes_;  ///< where its part of the stderr file begins; before it can write there
  HostProcess process_;               ///< after what it needs, so that it dies first
  TimePoint spawned_;
  std::int64_t started_unix_nanoseconds_;
  HostStage stage_ = HostStage::starting;
  HostClosing closing_;
  HostEnd end_;
  bool was_ready_ = false, has_started_task_ = false;
  TimePoint last_notified_;
  std::uint64_t space_told_at_ = UINT64_MAX;  ///< what was published when the host was last told of room
};

}  // namespace prs
