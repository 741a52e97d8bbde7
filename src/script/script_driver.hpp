#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/mini_batch.hpp"
#include "model/outcome.hpp"
#include "script/script_settings.hpp"
#include "support/clock.hpp"

namespace prs {

/// How one try ended, with what the reports want to know of it. The rows went to the RowSink before.
struct TryEnd {
  Task task;
  TryStatus status = TryStatus::run_done;
  std::uint64_t rows = 0;   ///< returned by run()
  std::uint32_t items = 0;  ///< of the mini-batch
  std::string columns;      ///< the header line of a DataFrame's rows where the format has one (rule 5.2), else empty
  Failure failure;          ///< empty when done
  TimePoint given;          ///< when the driver got the task
  TimePoint ended;
  Duration process_time{};  ///< in the host: loading, run(), conversion of the rows; never longer than the host lived
  Duration run_time{};      ///< in run() alone; never longer than process_time
  std::int64_t host_started_unix_nanoseconds = 0;
};

/// Drives one script host after another for one worker (rule 1.2): starts it under its keeper, hands it tasks ahead,
/// harvests results, holds it to its time limits, kills its whole tree and replaces it. Only the task that was running
/// is charged when a host dies; the others go to the next host. It knows nothing of tries left, thresholds or MPI.
/// Never blocks.
class ScriptDriver {
 public:
  /// Gets the rows of the running try, in pieces, in order; all pieces come before its TryEnd. When a try does not end
  /// in run_done, its pieces are garbage.
  using RowSink = std::function<void(std::string_view bytes)>;
  /// Told that a try's rows are over, once for each TryEnd and in the same order: one poll() may end many tries. Told
  /// of `dropped` ones where the host ended in the middle of them and nobody was to blame: they have no TryEnd.
  enum class RowsOf { ended_try, dropped };
  using RowsEnd = std::function<void(RowsOf)>;

  /// What poll() found.
  struct Events {
    bool is_host_lost = false;   ///< the host that was ready is gone; before is_host_ready where both happened
    bool is_host_ready = false;  ///< a host has come through init() since the last poll
    std::vector<TryEnd> ended;
    std::vector<std::string> notes;  ///< for the log: a host died while idle, a failure of shutdown(), …
  };

  ScriptDriver(
      ScriptSettings settings, RowSink sink, RowsEnd rows_end = [](RowsOf) {});
  ~ScriptDriver();  ///< kills what is left, the whole tree
  ScriptDriver(const ScriptDriver&) = delete;
  ScriptDriver& operator=(const ScriptDriver&) = delete;

  void start(TimePoint now);
  void give(Task task, TimePoint now);
  /// How many tasks the host may hold at once, the running one included.
  void set_window(std::size_t tasks);
  /// Gives back tasks that have not started, newest first, until `keep` are left or all that is left has started
  /// (rule 6.1).
  std::vector<Task> take_back(std::size_t keep);
  /// Tasks given and neither ended nor taken back.
  std::size_t held() const;

  /// Performs what is due: accepts the host, sends tasks, harvests results, enforces limits, reaps, restarts. Throws
  /// InfrastructureError, once, where the host's own Python failed; nothing more is started then, as after kill_all().
  void poll(TimePoint now, Events& events);
  /// What to wait for between two polls, and until when at the latest.
  void add_poll_fds(std::vector<pollfd>& fds) const;
  TimePoint next_deadline() const;
  /// While the sink's reader is behind, results stay in the host (rule 5.6).
  void pause_harvest(bool is_paused);

  /// After three init() failures in a row (rule 6.6): the first one's traceback. Nothing more is started then, and held
  /// tasks can all be taken back.
  const std::optional<Failure>& gave_up() const;

  /// The end of a healthy worker: shutdown() is called in the host once it holds nothing, at most until `until`; then
  /// all is killed.
  void begin_shutdown(TimePoint until);
  /// Now, the whole tree. A try that was running is no outcome (rule 6.5).
  void kill_all();
  /// No process is left.
  bool is_over() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prs
