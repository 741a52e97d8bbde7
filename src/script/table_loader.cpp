#include "script/table_loader.hpp"

#include <algorithm>
#include <utility>

#include "script/failure_text.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

// What is read ahead: the next mini-batch always, so that neither host nor loader waits for the other; of small ones as
// many as fit here, since a load costs a message each way.
constexpr std::size_t least_loads = 3;
constexpr std::size_t most_loads = 64;
constexpr std::uint64_t most_bytes = 32 << 20;
constexpr Duration dying_pause = std::chrono::milliseconds(100);  // the keeper wakes us

bool has_room(const TaskWindow::Loads& loads) {
  return loads.count < least_loads || (loads.count < most_loads && loads.bytes < most_bytes);
}

/// Rows of Parquet files the host reads itself.
bool has_tables_to_load(const std::vector<TableOptions>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const TableOptions& input) { return input.format != TableFormat::parquet; });
}

}  // namespace

TableLoader::TableLoader(const ScriptSettings& settings, TimePoint now)
    : settings_(settings), gaps_(now), is_expected_(has_tables_to_load(settings.tables.inputs)) {}

/// Without tables it costs nothing.
void TableLoader::poll(TimePoint now, TaskWindow& tasks, bool is_wanted, Notes& notes) {
  if (is_over() && !tasks.has_loads() && !is_expected_) return;
  left_behind_.release();
  if (loader_) take_answers(now, tasks);
  if (loader_ && !is_wanted) loader_->stop(End::not_wanted, now);
  if (loader_) enforce_limit(now);
  if (loader_ && loader_->stage() == Stage::dying) settle_if_gone(now, tasks, notes);
  const bool has_work = is_wanted && (tasks.loads().next != nullptr || is_expected_);
  start_due_ = has_work && !loader_ ? setbacks_.restart_at() : TimePoint::max();
  if (now >= start_due_) start(now, tasks, notes);
  if (loader_ && loader_->stage() == Stage::ready) ask(now, tasks);
  if (loader_) loader_->flush();
  gaps_.note_poll(now);
  gaps_.expect_poll(next_deadline());
}

void TableLoader::take_answers(TimePoint now, TaskWindow& tasks) {
  unwatched_ += gaps_.missed(now);
  const TimePoint busy_since = loader_->busy_since();
  std::vector<LoadAnswer> answers;
  loader_->listen(now, answers);
  if (loader_->busy_since() != busy_since) unwatched_ = Duration::zero();
  for (LoadAnswer& answer : answers) {
    setbacks_.note_end_of_try();
    // Where the task was taken back, nobody wants it.
    if (HeldTask* const held = tasks.find_load(answer.number)) *held->load = std::move(answer.result);
  }
}

/// When the time for its start, or for the load that it is in, is over.
TimePoint TableLoader::limit() const {
  const bool is_busy = loader_->stage() == Stage::starting || !loader_->loads().empty();
  if (settings_.is_foreground || !is_busy) return TimePoint::max();
  const Duration time = settings_.limits.task_overhead_timeout + unwatched_;
  return time > TimePoint::max() - loader_->busy_since() ? TimePoint::max() : loader_->busy_since() + time;
}

void TableLoader::enforce_limit(TimePoint now) {
  if (loader_->stage() != Stage::dying && now >= limit()) loader_->stop(End::too_slow, now);
}

void TableLoader::settle_if_gone(TimePoint now, TaskWindow& tasks, Notes& notes) {
  const bool is_gone = loader_->process().is_gone();
  if (!is_gone && now - loader_->busy_since() < decltype(left_behind_)::patience) return;
  settle(now, tasks, notes);
  if (!is_gone) notes.push_back(left_behind_.add(std::move(loader_), "a process that reads tables"));
  loader_.reset();
}

/// The load that it was in is charged, if the task is still there. The others are asked for anew.
void TableLoader::settle(TimePoint now, TaskWindow& tasks, Notes& notes) {
  if (loader_->end() == End::not_wanted) return setbacks_.restart_at(now);
  const bool had_loads = !loader_->loads().empty();
  HeldTask* const victim = had_loads ? tasks.find_load(loader_->loads().front()) : nullptr;
  if (victim != nullptr) {
    const bool is_timeout = loader_->end() == End::too_slow;
    *victim->load =
        FailedLoad{is_timeout ? TryStatus::load_timeout : TryStatus::load_exception, failure_of(victim->task)};
  }
  for (const std::uint64_t number : loader_->loads())
    if (HeldTask* const held = tasks.find_load(number)) *held->load = LoadNotAsked();
  // One that ends before it has done anything may do so again and again.
  if (loader_->has_answered())
    setbacks_.restart_at(now);
  else
    setbacks_.restart_after_pause(now);
  if (victim != nullptr) return;
  const std::string how = "the process that reads tables " + loader_->end_text();
  if (had_loads || loader_->has_answered())
    notes.push_back(how + "; no mini-batch was being loaded");
  else
    charge_start(how, now, tasks, notes);
}

/// It did not come so far that it could load anything. With the third in a row the first task pays, so that a run where
/// none can be started comes to its end.
void TableLoader::charge_start(const std::string& how, TimePoint now, TaskWindow& tasks, Notes& notes) {
  notes.push_back(how + " before it could load anything");
  setbacks_.restart_after_pause(now);
  if (!setbacks_.count_uncharged_death()) return;
  if (HeldTask* const first = tasks.loads().next)
    *first->load = FailedLoad{TryStatus::load_exception, {"LoaderDied", how + " before it could load anything", {}}};
}

Failure TableLoader::failure_of(const Task& task) const {
  const std::string name = names_of(task.items).first;
  if (loader_->end() == End::too_slow)
    return {"LoadTimeout",
            name + " was not read within task_overhead_timeout (" +
                seconds_text(settings_.limits.task_overhead_timeout) + "); the process that read it was killed",
            {}};
  return {"LoaderDied", "the process that reads tables " + loader_->end_text() + " while it read " + name, {}};
}

void TableLoader::start(TimePoint now, TaskWindow& tasks, Notes& notes) {
  start_due_ = TimePoint::max();
  unwatched_ = Duration::zero();
  is_expected_ = false;
  try {
    loader_ = std::make_unique<LoaderProcess>(settings_, now);
  } catch (const InfrastructureError& error) {
    charge_start("the process that reads tables could not be started: " + std::string(error.what()), now, tasks, notes);
    start_due_ = setbacks_.restart_at();
  }
}

void TableLoader::ask(TimePoint now, TaskWindow& tasks) {
  for (TaskWindow::Loads loads = tasks.loads(); loads.next != nullptr && has_room(loads); loads = tasks.loads()) {
    const std::uint64_t number = next_number_++;
    loader_->ask(number, std::get<TableItems>(loads.next->task.items), now);
    *loads.next->load = LoadAsked{number};
  }
}

void TableLoader::kill(TimePoint now) {
  if (loader_) loader_->stop(End::not_wanted, now);
}

void TableLoader::add_poll_fds(std::vector<pollfd>& fds) const {
  left_behind_.add_poll_fds(fds);
  if (loader_) loader_->add_poll_fds(fds);
}

TimePoint TableLoader::next_deadline() const {
  if (!loader_) return start_due_;
  if (loader_->stage() != Stage::dying) return limit();
  return gaps_.last() + (loader_->process().status_fd() >= 0 ? dying_pause : std::chrono::milliseconds(1));
}

}  // namespace prs
