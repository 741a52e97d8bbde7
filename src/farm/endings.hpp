#pragma once

#include <functional>
#include <optional>
#include <string>

#include "farm/protocol.hpp"
#include "farm/time_left.hpp"
#include "model/run_folder.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"

namespace prs {

/// What ends the farm before all mini-batches are over.
struct Ending {
  ExitStatus status = ExitStatus::failed;
  std::string cause;       ///< one line
  std::string look_into;   ///< file
  bool is_at_once = true;  ///< else running tries may finish until `deadline`
  TimePoint deadline = TimePoint::max();
  bool is_in_trouble = false;  ///< nothing can be written any more
};

/// Why a start ends before its time, by whom it was asked to, and until when anything is waited for (rule 7.3). Rank
/// 0's. Knows no worker: who asks it does what follows.
class Endings {
 public:
  enum class Phase {
    farming,
    closing,   ///< the workers are closed, or the rows are put together
    finishing  ///< nothing is left to interrupt: the output gets its name, or the reports are written
  };
  /// `grace_period`: how long running tries may go on after a signal, and the rows be put together.
  Endings(RunFolder folder, double grace_period_seconds)
      : folder_(std::move(folder)), grace_period_seconds_(grace_period_seconds) {}

  Phase phase() const { return phase_; }
  void enter(Phase phase) { phase_ = phase; }
  bool is_closing() const { return phase_ != Phase::farming; }
  bool is_finishing() const { return phase_ == Phase::finishing; }

  /// True: this one counts now. One that came before counts on, unless it let running tries finish and this one does
  /// not; what nothing can be written after holds in any case.
  bool end_with(Ending ending);
  /// Something has made the end worse: an ending of its own, with a question for people, or one more cause of the one
  /// there is.
  void add(Ending ending, const std::string& question);
  const std::optional<Ending>& ending() const { return ending_; }
  bool is_at_once() const { return ending_ && ending_->is_at_once; }
  bool is_in_trouble() const { return ending_ && ending_->is_in_trouble; }

  /// The first signal lets running tries finish, and the rows be put together, within the grace period; a second one of
  /// the same rank does not (rule 7.3). True: an ending of it counts now.
  bool on_signal(const protocol::Signal& signal, TimePoint now);
  /// mpirun asked for the stop, as it does when a rank is lost, and not the launcher, whom a user asks.
  bool is_stopped_by_mpirun() const { return is_stopped_by_mpirun_; }
  /// What is left of the farm. The last two are asked now and then only, since they go over all workers.
  struct Remaining {
    bool is_over = false;
    std::function<bool()> has_unbegun;
    std::function<Duration()> longest_run;  ///< of the last ones
  };
  /// What cannot be over before the batch system ends the job is not begun, or not gone on with. True: an ending of it
  /// counts now.
  bool on_time_limit(const TimeLeft& time_left, const Remaining& remaining, TimePoint now);
  /// The time for putting the rows together is over, where somebody asked for a stop. True: that ends the start.
  bool look_for_interruption(TimePoint now);
  /// Who asked for a stop while the rows were put together wants nothing new to be begun. True: that ends the farm.
  bool refuse_another_farm();

  /// From now on a disk that does not answer is waited for until `until` at most.
  void hurry(const std::string& cause, TimePoint now, TimePoint until);
  /// Why nothing is waited for any longer: a second signal, or the last moment of a time limit.
  const std::string& hurry_cause() const { return hurry_cause_; }
  bool is_hurried() const { return patience_ != TimePoint::max(); }
  /// Half of the time is over: workers are closed without their last writes.
  bool is_time_to_force(TimePoint now) const { return is_hurried() && now > force_from_; }
  bool is_patience_over(TimePoint now) const { return now > patience_; }
  /// Some disk was not waited for: everybody leaves at once.
  bool is_forced() const { return is_forced_; }
  void force() { is_forced_ = true; }

 private:
  /// What ends the putting together of the rows once its time is over.
  struct Interruption {
    std::string cause;
    TimePoint deadline;
  };
  void interrupt_at(TimePoint deadline, std::string cause, TimePoint now);

  RunFolder folder_;
  double grace_period_seconds_;
  Phase phase_ = Phase::farming;
  std::optional<Ending> ending_;
  std::optional<Interruption> interruption_;
  TimePoint next_limit_look_{};
  int signals_ = 0;  ///< the most that any rank got
  std::string hurry_cause_;
  TimePoint force_from_ = TimePoint::max();
  TimePoint patience_ = TimePoint::max();  ///< nothing and nobody is waited for after it
  bool is_forced_ = false;
  bool is_stopped_by_mpirun_ = false;
};

}  // namespace prs
