#include "farm/time_left.hpp"

#include <utility>

#include "support/humane.hpp"

namespace prs {

TimeLeft::TimeLeft(double run_invocation_timeout_seconds, AskCommand ask)
    : watch_(std::move(ask)), run_invocation_timeout_(duration_of(run_invocation_timeout_seconds)) {
  heed_end(Clock::now());
}

void TimeLeft::poll(TimePoint now) {
  watch_.poll(now);
  heed_end(now);
}

void TimeLeft::heed_end(TimePoint now) {
  const auto& end = watch_.end();
  if (!end) return;
  if (limit_)
    limit_->move_end(*end);
  else
    limit_.emplace(now, *end, run_invocation_timeout_);
}

std::string TimeLeft::text() const {
  return "the job's time limit is near: " + watch_.text();
}

std::string TimeLeft::text(Duration longest_run) const {
  std::string text = this->text() + "; a mini-batch is expected to take up to " +
                     humane_duration(seconds_of(limit_->expected_run(longest_run)));
  text += longest_run > Duration::zero()
              ? ", judged by the longest of the last ones (" + humane_duration(seconds_of(longest_run)) + ")"
              : ", and not one has ended yet: if none ever does, ask for a longer limit";
  return text;
}

}  // namespace prs
