#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "model/mini_batch_items.hpp"
#include "script/host_process.hpp"
#include "script/process_channel.hpp"
#include "script/script_settings.hpp"
#include "script/table_load.hpp"
#include "support/clock.hpp"

namespace prs {

/// What a loader made of a load: a LoadedTable or a FailedLoad. Of a scan or a description: what it sent, or a
/// FailedLoad.
struct LoadAnswer {
  std::uint64_t number = 0;
  TableLoad result;
  std::string sent = {};
};

/// One loader (loader_wire.hpp), from its start to the end of its tree: its process, the channel to it, and the loads
/// that it was asked for. Decides nothing: TableLoader does.
class LoaderProcess {
 public:
  /// Starts it. Throws InfrastructureError.
  LoaderProcess(const ScriptSettings& settings, TimePoint now);

  //  Starting ──ready──▶ Ready
  //     └──────────────────┴── ended by itself, or stopped ──▶ Dying
  enum class Stage { starting, ready, dying };
  /// `too_slow`: with a load, or with its start.
  enum class End { by_itself, too_slow, broken_answer, not_wanted };

  /// Hears what it and its keeper say.
  void listen(TimePoint now, std::vector<LoadAnswer>& answers);
  void ask(std::uint64_t number, const TableItems& items, TimePoint now);
  /// `order`: the payload of a scan.
  void ask_scan(std::uint64_t number, std::string_view order, TimePoint now);
  /// `items`: one HDF5 file.
  void ask_description(std::uint64_t number, const TableItems& items, TimePoint now);
  /// Kills the tree. The first reason stays.
  void stop(End reason, TimePoint now);
  void flush() { channel_.flush(); }
  void add_poll_fds(std::vector<pollfd>& fds) const;

  Stage stage() const { return stage_; }
  /// The loads, scans and descriptions that it was asked for and has not answered; it is in the first one.
  const std::deque<std::uint64_t>& loads() const { return loads_; }
  /// When its start, the first of `loads` or its dying began: it goes from one to the next. A scan tells that it gets
  /// on, and begins again with that.
  TimePoint busy_since() const { return busy_since_; }
  bool has_answered() const { return has_answered_; }
  /// It came so far that it could be asked.
  bool was_ready() const { return was_ready_; }
  HostProcess& process() { return process_; }
  const HostProcess& process() const { return process_; }

  /// "was killed by SIGKILL (out of memory?)": how it ended, once it is dying.
  std::string end_text() const;
  End end() const { return end_; }

 private:
  void read_channel(TimePoint now, std::vector<LoadAnswer>& answers);
  void ask(LoaderFrame frame, std::uint64_t number, std::string_view payload, TimePoint now);
  bool accept_frame(Frame& frame, TimePoint now, std::vector<LoadAnswer>& answers);

  ProcessChannel channel_;
  HostProcess process_;  ///< after the channel, so that it dies first
  Stage stage_ = Stage::starting;
  End end_ = End::by_itself;
  std::deque<std::uint64_t> loads_;
  TimePoint busy_since_;
  bool was_ready_ = false;
  bool has_answered_ = false;
};

}  // namespace prs
