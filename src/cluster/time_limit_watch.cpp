#include "cluster/time_limit_watch.hpp"

#include <poll.h>

#include <charconv>
#include <cstdlib>
#include <ctime>

#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"

namespace prs {
namespace {

using Words = std::vector<std::string>;

constexpr std::chrono::minutes question_interval{5};  ///< each is a request to the cluster's one controller

/// "2026-03-01T12:00:00", local time, after EndTime= where that occurs. None: "Unknown", "N/A", UNLIMITED, anything
/// else.
std::optional<std::int64_t> end_time_in(std::string answer) {
  constexpr std::string_view key = "EndTime=";
  if (const std::size_t at = answer.find(key); at != std::string::npos) answer.erase(0, at + key.size());
  std::tm local{};
  const std::size_t begin = answer.find_first_not_of(" \n");
  if (begin == std::string::npos || ::strptime(answer.c_str() + begin, "%Y-%m-%dT%H:%M:%S", &local) == nullptr)
    return std::nullopt;
  local.tm_isdst = -1;
  const std::time_t time = std::mktime(&local);
  return time == -1 ? std::nullopt : std::optional<std::int64_t>(time);
}

/// Of an array its task alone: the array's number would mean all of them.
std::string job_of_slurm() {
  const std::string array = environment_variable("SLURM_ARRAY_JOB_ID");
  return array.empty() ? environment_variable("SLURM_JOB_ID")
                       : array + "_" + environment_variable("SLURM_ARRAY_TASK_ID");
}

/// squeue first: its answer is short.
std::vector<Words> commands(const std::string& job) {
  return {{"squeue", "--noheader", "--jobs=" + job, "--format=%e"}, {"scontrol", "show", "job", job}};
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

TimeLimitWatch::TimeLimitWatch(AskCommand ask) : ask_(std::move(ask)), job_(job_of_slurm()) {
  const TimePoint now = Clock::now();
  take_variable(now);
  if (job_.empty()) return;
  command_ = commands(job_).front();
  if (!end_) ask_all(now);
  if (!end_) log().info("no time limit of Slurm job {} is known", job_);
  next_question_ = Clock::now() + question_interval;
}

void TimeLimitWatch::take_variable(TimePoint now) {
  const std::string value = environment_variable("SLURM_JOB_END_TIME");
  std::int64_t end = 0;
  const auto [rest, mistake] = std::from_chars(value.data(), value.data() + value.size(), end);
  if (mistake == std::errc() && rest == value.data() + value.size() && end > 0) set_end(end, "SLURM_JOB_END_TIME", now);
}

/// Where neither command is there, or the controller is silent, no limit is known.
void TimeLimitWatch::ask_all(TimePoint now) {
  for (const Words& command : commands(job_)) {
    try {
      const std::unique_ptr<Question> question = ask_(command, now);
      while (!question->is_over()) {
        pollfd waited{question->fd(), POLLIN, 0};
        ::poll(&waited, 1, question->fd() >= 0 ? 50 : 1);
        question->poll(now = Clock::now());
      }
      if (take_answer(question->answer(), command, now)) return;
    } catch (const InfrastructureError& error) {
      log().warn("{} could not be asked for the job's time limit: {}", command.front(), error.what());
    }
  }
}

bool TimeLimitWatch::take_answer(const std::string& answer, const std::vector<std::string>& command, TimePoint now) {
  const auto end = end_time_in(answer);
  if (!end) return false;
  command_ = command;
  set_end(*end, command_.front(), now);
  return true;
}

void TimeLimitWatch::set_end(std::int64_t unix_seconds, const std::string& source, TimePoint now) {
  if (unix_seconds == end_unix_seconds_) return;
  const std::string when = utc_time(unix_seconds * 1'000'000'000, false);
  const std::int64_t left = unix_seconds - unix_now();
  if (left <= 0) {
    // Slurm would have ended us: a variable left over from another job, or a clock that is wrong.
    log().warn("{} says that the job ended at {}: not heeded", source, when);
    return;
  }
  end_unix_seconds_ = unix_seconds;
  source_ = source;
  end_ = now + std::chrono::seconds(left);
  log().info("the job's time limit is {} ({})", when, source);
}

void TimeLimitWatch::poll(TimePoint now) {
  if (now < next_question_) return;
  try {
    if (!question_) {
      question_ = ask_(command_, now);
      return;
    }
    question_->poll(now);
    if (!question_->is_over()) return;
    take_answer(question_->answer(), command_, now);
  } catch (const InfrastructureError& error) {
    log().warn("squeue could not be asked for the job's time limit: {}", error.what());
  }
  question_.reset();
  next_question_ = now + question_interval;
}

std::string TimeLimitWatch::text() const {
  return utc_time(end_unix_seconds_ * 1'000'000'000, false) + " (" + source_ + ")";
}

}  // namespace prs
