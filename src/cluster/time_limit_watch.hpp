#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/clock.hpp"

namespace prs {

/// A command that was asked something, and runs beside. It is killed when its time is up, or when we die.
class Question {
 public:
  virtual ~Question() = default;
  virtual void poll(TimePoint now) = 0;
  virtual bool is_over() const = 0;
  /// What it printed; empty where it failed, is not there, or took too long.
  virtual std::string answer() const = 0;
  /// Readable when poll() has something to do; −1 when it has ended.
  virtual int fd() const = 0;
};
/// Starts a command. Throws InfrastructureError where nothing can be started at all.
using AskCommand = std::function<std::unique_ptr<Question>(const std::vector<std::string>& command, TimePoint now)>;

/// When Slurm ends this job: from SLURM_JOB_END_TIME, or asked of squeue or scontrol; asked again every few minutes, as
/// an administrator may move it. Rank 0's. Whoever cannot tell leaves the end as it is. What follows from it is for
/// others to say.
class TimeLimitWatch {
 public:
  /// Waits for a first answer, some seconds at most. Not in a Slurm job: no end is known, and nothing is asked.
  explicit TimeLimitWatch(AskCommand ask);
  TimeLimitWatch(const TimeLimitWatch&) = delete;
  TimeLimitWatch& operator=(const TimeLimitWatch&) = delete;

  /// Asks again where that is due. Never blocks.
  void poll(TimePoint now);
  /// None: it is not known.
  const std::optional<TimePoint>& end() const { return end_; }
  /// The end, and who told, for people.
  std::string text() const;

 private:
  void take_variable(TimePoint now);
  void ask_all(TimePoint now);
  bool take_answer(const std::string& answer, const std::vector<std::string>& command, TimePoint now);
  void set_end(std::int64_t unix_seconds, const std::string& source, TimePoint now);

  AskCommand ask_;
  std::string job_;  ///< empty: not in a Slurm job
  std::optional<TimePoint> end_;
  std::int64_t end_unix_seconds_ = 0;
  std::string source_;  ///< who told
  std::unique_ptr<Question> question_;
  std::vector<std::string> command_;  ///< that is asked again: the one that has answered
  TimePoint next_question_ = TimePoint::max();
};

}  // namespace prs
