#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "farm/worker_start.hpp"
#include "script/left_behind.hpp"
#include "script/loader_process.hpp"
#include "script/poll_gaps.hpp"
#include "support/clock.hpp"

namespace prs {

/// Has the quotes of one share of the tables after the other counted for the master (rule 3.3), by a loader process.
/// One that hangs or dies is replaced; a share has as many tries as a mini-batch. Never blocks, and looks into no
/// share.
class WorkerSurvey {
 public:
  /// `share`: the payload of a loader's scan. `start` lives longer.
  void begin(std::string share, const WorkerStart& start, TimePoint now);
  /// The share that is being counted is not wanted any more, nor is the loader.
  void end(TimePoint now);
  /// Performs what is due. ScannedPieces, once they are there; what went wrong goes to the log.
  std::optional<std::string> poll(TimePoint now);
  /// The disk lets it wait: for people.
  bool has_stalled(TimePoint now) const;

  void add_poll_fds(std::vector<pollfd>& fds) const;
  TimePoint next_deadline() const;

 private:
  using Stage = LoaderProcess::Stage;

  TimePoint limit() const;
  std::optional<std::string> take_answer(TimePoint now);
  void start_loader(TimePoint now);
  void replace_if_gone(TimePoint now);
  std::optional<std::string> fail_if_tried_out();

  const WorkerStart* start_ = nullptr;
  std::optional<std::string> share_;  ///< that is to be counted
  bool is_asked_ = false;             ///< the loader was asked for it
  std::uint32_t tries_ = 0;           ///< of it that have failed
  std::string last_failure_;          ///< how the last of them did
  std::uint64_t number_ = 0;          ///< of the latest scan
  std::unique_ptr<LoaderProcess> loader_;
  LeftBehind<LoaderProcess> left_behind_;
  PollGaps gaps_{TimePoint()};
  Duration unwatched_{};  ///< not the loader's time, since it became busy
};

}  // namespace prs
