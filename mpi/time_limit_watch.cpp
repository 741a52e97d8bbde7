#include "mpi/time_limit_watch.hpp"

#include <poll.h>

#include <charconv>
#include <cstdlib>
#include <ctime>

#include "mpi/host_settings.hpp"
#include "report/humane.hpp"
#include "script/failure_text.hpp"
#include "script/host_process.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/log.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

using Words = std::vector<std::string>;

constexpr std::chrono::seconds answer_limit{5};
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

/// squeue first: its answer is short.
std::vector<Words> commands(const std::string& job) {
  return {{"squeue", "--noheader", "--jobs=" + job, "--format=%e"}, {"scontrol", "show", "job", job}};
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

/// A command that is running, below a keeper like a script: it is killed with all that it started when the time is up,
/// or when we die.
class TimeLimitWatch::Question {
 public:
  Question(const Words& command, TimePoint now)
      : command_(command), until_(now + answer_limit), process_(order(command, folder_.path())) {}
  const Words& command() const { return command_; }
  int fd() const { return process_.status_fd(); }
  void poll(TimePoint now) {
    process_.poll();
    if (now >= until_ && !process_.is_kill_asked()) process_.kill();
  }
  bool is_over() const { return process_.is_gone(); }
  /// What it printed; empty where it failed, is not there, or took too long.
  std::string answer() const {
    return process_.wait_status() == 0 ? end_of_file(folder_.path() + "/answer", 0) : std::string();
  }

 private:
  static HostOrder order(const Words& command, const std::string& folder) {
    HostOrder order;
    order.keeper_program = keeper_program();
    order.command = command;
    order.environment = own_environment();
    std::erase_if(order.environment, [](const std::string& word) { return word.starts_with("SLURM_TIME_FORMAT="); });
    order.environment.emplace_back("SLURM_TIME_FORMAT=standard");
    order.stdout_file = folder + "/answer";
    return order;
  }

  Words command_;
  TimePoint until_;
  TemporaryFolder folder_;
  HostProcess process_;
};

TimeLimitWatch::TimeLimitWatch(double run_invocation_timeout_seconds)
    : run_invocation_timeout_(
          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(run_invocation_timeout_seconds))),
      job_(environment_variable("SLURM_JOB_ID")) {
  const TimePoint now = Clock::now();
  take_variable(now);
  if (job_.empty()) return;
  command_ = commands(job_).front();
  if (!limit_) ask_all(now);
  if (!limit_) log().info("no time limit of Slurm job {} is known", job_);
  next_question_ = Clock::now() + question_interval;
}

TimeLimitWatch::~TimeLimitWatch() = default;

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
      Question question(command, now);
      while (!question.is_over()) {
        pollfd waited{question.fd(), POLLIN, 0};
        ::poll(&waited, 1, question.fd() >= 0 ? 50 : 1);
        question.poll(now = Clock::now());
      }
      if (take_answer(question, now)) return;
    } catch (const InfrastructureError& error) {
      log().warn("{} could not be asked for the job's time limit: {}", command.front(), error.what());
    }
  }
}

bool TimeLimitWatch::take_answer(const Question& question, TimePoint now) {
  const auto end = end_time_in(question.answer());
  if (!end) return false;
  command_ = question.command();
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
  const TimePoint end = now + std::chrono::seconds(left);
  if (limit_)
    limit_->move_end(end);
  else
    limit_.emplace(now, end, run_invocation_timeout_);
  log().info("the job's time limit is {} ({})", when, source);
}

void TimeLimitWatch::poll(TimePoint now) {
  if (now < next_question_) return;
  try {
    if (!question_) {
      question_ = std::make_unique<Question>(command_, now);
      return;
    }
    question_->poll(now);
    if (!question_->is_over()) return;
    take_answer(*question_, now);
  } catch (const InfrastructureError& error) {
    log().warn("squeue could not be asked for the job's time limit: {}", error.what());
  }
  question_.reset();
  next_question_ = now + question_interval;
}

std::string TimeLimitWatch::text() const {
  return "the job's time limit is near: " + utc_time(end_unix_seconds_ * 1'000'000'000, false) + " (" + source_ + ")";
}

std::string TimeLimitWatch::text(Duration longest_run) const {
  std::string text = this->text() + "; a mini-batch is expected to take up to " +
                     humane_duration(seconds_of(limit_->expected_run(longest_run)));
  text += longest_run > Duration::zero()
              ? ", judged by the longest of the last ones (" + humane_duration(seconds_of(longest_run)) + ")"
              : ", and not one has ended yet: if none ever does, ask for a longer limit";
  return text;
}

}  // namespace prs
