#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/mini_batch.hpp"
#include "model/outcome.hpp"
#include "support/clock.hpp"

namespace prs {

/// How one try ended, with what the reports want to know of it.
struct TryEnd {
  Task task;
  TryStatus status = TryStatus::run_done;
  std::uint64_t rows = 0;   ///< returned by run()
  std::uint32_t items = 0;  ///< of the mini-batch
  std::string columns;      ///< the header line of a DataFrame's rows where the format has one (rule 5.2), else empty
  Stretch stretch;          ///< of its rows, as the RowSink told; of a try that failed it is garbage
  Failure failure;          ///< empty when done
  TimePoint given;          ///< when the driver got the task
  TimePoint ended;
  Duration process_time{};  ///< in the host: loading, run(), conversion of the rows; never longer than the host lived
  Duration run_time{};      ///< in run() alone; never longer than process_time
  std::int64_t host_started_unix_nanoseconds = 0;
};

/// What a worker has its tasks run by: ScriptDriver, and in the worker's own tests a played one. Only the task that was
/// running is charged when what runs it dies. It knows nothing of tries left, thresholds or MPI. Never blocks.
class TaskDriver {
 public:
  /// What poll() found.
  struct Events {
    bool is_host_lost = false;        ///< the host that was ready is gone; before is_host_ready where both happened
    bool is_host_ready = false;       ///< a host has come through init() since the last poll
    bool is_shutdown_failed = false;  ///< shutdown() raised, or did not end in time; `notes` says which
    std::vector<TryEnd> ended;
    std::vector<std::string> notes;  ///< for the log: a host died while idle, a failure of shutdown(), …
  };

  virtual ~TaskDriver() = default;  ///< ends what still runs

  virtual void start(TimePoint now) = 0;
  virtual void give(Task task, TimePoint now) = 0;
  /// How many tasks the host may hold at once, the running one included.
  virtual void set_window(std::size_t tasks) = 0;
  /// Gives back tasks that have not started, newest first, until `keep` are left or all that is left has started
  /// (rule 6.1).
  virtual std::vector<Task> take_back(std::size_t keep) = 0;
  /// Tasks given and neither ended nor taken back.
  virtual std::size_t held() const = 0;

  /// Performs what is due: accepts the host, sends tasks, harvests results, enforces limits, reaps, restarts. Throws
  /// InfrastructureError, once, where the host's own Python failed; nothing more is started then, as after kill_all().
  virtual void poll(TimePoint now, Events& events) = 0;
  /// What to wait for between two polls, and until when at the latest.
  virtual void add_poll_fds(std::vector<pollfd>& fds) const = 0;
  virtual TimePoint next_deadline() const = 0;
  /// While the rows' reader is behind, results stay in the host (rule 5.6).
  virtual void pause_harvest(bool is_paused) = 0;

  /// After three init() failures in a row (rule 6.6): the first one's traceback. Nothing more is started then, and held
  /// tasks can all be taken back.
  virtual const std::optional<Failure>& gave_up() const = 0;

  /// The end of a healthy worker: shutdown() is called in the host once it holds nothing, at most until `until`; then
  /// all is killed.
  virtual void begin_shutdown(TimePoint until) = 0;
  /// Now, the whole tree. A try that was running is no outcome (rule 6.5).
  virtual void kill_all() = 0;
  /// No process is left.
  virtual bool is_over() const = 0;
};

}  // namespace prs
