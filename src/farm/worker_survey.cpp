#include "farm/worker_survey.hpp"

#include <utility>

#include "dataset/quote_scan.hpp"
#include "script/failure_text.hpp"
#include "support/errors.hpp"
#include "support/log.hpp"

namespace prs {
namespace {

constexpr Duration look_interval = std::chrono::milliseconds(100);  // at one that is dying: its keeper wakes us
constexpr Duration stall = std::chrono::seconds(5);

}  // namespace

void WorkerSurvey::begin(std::string share, const WorkerStart& start, TimePoint now) {
  PRS_INVARIANT(!share_);
  start_ = &start;
  share_ = std::move(share);
  is_asked_ = false;
  tries_ = 0;
  gaps_ = PollGaps(now);
}

void WorkerSurvey::end(TimePoint now) {
  share_.reset();
  if (loader_) loader_->stop(LoaderProcess::End::not_wanted, now);
}

std::optional<std::string> WorkerSurvey::poll(TimePoint now) {
  left_behind_.release();
  if (!share_ && !loader_) return std::nullopt;
  std::optional<std::string> answer;
  if (loader_) answer = take_answer(now);
  if (loader_ && now >= limit()) loader_->stop(LoaderProcess::End::too_slow, now);
  if (loader_ && loader_->stage() == Stage::dying) replace_if_gone(now);
  if (!answer) answer = fail_if_tried_out();
  if (share_ && !loader_) start_loader(now);
  if (share_ && !is_asked_ && loader_ && loader_->stage() == Stage::ready) {
    loader_->ask_scan(++number_, *share_, now);
    is_asked_ = true;
  }
  if (loader_) loader_->flush();
  gaps_.note_poll(now);
  gaps_.expect_poll(next_deadline());
  return answer;
}

std::optional<std::string> WorkerSurvey::take_answer(TimePoint now) {
  unwatched_ += gaps_.missed(now);
  const TimePoint busy_since = loader_->busy_since();
  std::vector<LoadAnswer> answers;
  loader_->listen(now, answers);
  if (loader_->busy_since() != busy_since) unwatched_ = Duration::zero();
  if (answers.empty() || !share_) return std::nullopt;
  share_.reset();
  return std::move(answers.front().sent);
}

/// When the time for its start, or for getting on with the share, is over.
TimePoint WorkerSurvey::limit() const {
  const bool is_busy = loader_->stage() == Stage::starting || !loader_->loads().empty();
  if (!is_busy || loader_->stage() == Stage::dying) return TimePoint::max();
  return loader_->busy_since() + start_->settings.limits.task_overhead_timeout + unwatched_;
}

/// What it was in has failed, unless nobody wants it any more.
void WorkerSurvey::replace_if_gone(TimePoint now) {
  const bool is_gone = loader_->process().is_gone();
  if (!is_gone && now - loader_->busy_since() < decltype(left_behind_)::patience) return;
  if (share_ && loader_->end() != LoaderProcess::End::not_wanted) {
    last_failure_ = "the process that reads tables " + loader_->end_text() + " while it counted quotes";
    log().warn("{}", last_failure_);
    ++tries_;
  }
  is_asked_ = false;
  if (!is_gone) log().warn("{}", left_behind_.add(std::move(loader_), "a process that reads tables"));
  loader_.reset();
}

std::optional<std::string> WorkerSurvey::fail_if_tried_out() {
  if (!share_ || tries_ < start_->config.parallel.run_max_try) return std::nullopt;
  share_.reset();
  return to_bytes(ScannedPieces{last_failure_, {}});
}

void WorkerSurvey::start_loader(TimePoint now) {
  unwatched_ = Duration::zero();
  try {
    loader_ = std::make_unique<LoaderProcess>(start_->settings, now);
  } catch (const InfrastructureError& error) {
    last_failure_ = "the process that reads tables could not be started: " + std::string(error.what());
    log().warn("{}", last_failure_);
    ++tries_;
  }
}

bool WorkerSurvey::has_stalled(TimePoint now) const {
  return share_ && loader_ && now - loader_->busy_since() > stall;
}

void WorkerSurvey::add_poll_fds(std::vector<pollfd>& fds) const {
  left_behind_.add_poll_fds(fds);
  if (loader_) loader_->add_poll_fds(fds);
}

TimePoint WorkerSurvey::next_deadline() const {
  if (!loader_) return share_ ? gaps_.last() + look_interval : TimePoint::max();
  return loader_->stage() == Stage::dying ? gaps_.last() + look_interval : limit();
}

}  // namespace prs
