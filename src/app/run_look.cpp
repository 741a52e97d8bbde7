#include "app/run_look.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "ledger/history.hpp"
#include "model/slicing.hpp"
#include "report/report.hpp"
#include "support/posix_io.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

/// What the run last said of itself; none: nothing that can be read.
std::optional<RunStatus> last_word(const RunFolder& folder) {
  std::error_code error;
  if (!fs::exists(folder.status(), error)) return std::nullopt;
  try {
    return run_status_of(read_file(folder.status()));
  } catch (const InfrastructureError&) {
    return std::nullopt;  // renamed away just now, or not for us to read
  }
}

/// 0: it is not among what settles the plan.
std::uint64_t settled_number(const RunIdentity& identity, const char* name) {
  std::uint64_t number = 0;
  if (const auto found = identity.settled.find(name); found != identity.settled.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  return number;
}

void count_outcomes(RunResult& result, const History& history) {
  // In a finished run all that failed was given up. Of another one nobody knows here how many tries there are.
  const std::uint32_t run_max_try = history.is_finished ? 0 : std::numeric_limits<std::uint32_t>::max();
  Totals totals;
  history.last.for_each([&](const LastOutcome& last) { totals.add(last.outcome, run_max_try); });
  result.tally = totals.tally;
  result.rows = totals.rows;
  result.short_items = totals.short_items;
  result.progress.tries = history.outcomes;
}

void count_from_tally(RunResult& result) {
  const auto count = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
  result.progress.done = count(result.tally.done);
  result.progress.failed = count(result.tally.failed_mini_batches);
  result.progress.gave_up = count(result.tally.gave_up);
}

/// Empty: it has not got its name, or has it no more.
std::string named_output(const RunFolder& folder, const RunIdentity& identity, const History& history) {
  const auto name = identity.settled.find("append_row_file_name");
  if (name == identity.settled.end() || !history.finishing || !history.finishing->named) return {};
  std::error_code error;
  const std::string path = folder.output(name->second);
  return fs::exists(path, error) ? path : "";
}

RunStatus status_of_ledger(const RunFolder& folder, const RunIdentity& identity);

/// What a join's own ledger does not have, since its slices have it.
void add_slices(RunStatus& status, const RunFolder& whole) {
  for (std::uint32_t number = 1; number <= status.result.slicing.count; ++number) {
    const RunFolder folder = slice_of(status.result.slicing, number).folder_in(whole);
    const auto identity = load_run_identity(folder.identity());
    if (!identity) continue;
    const RunResult slice = status_of_ledger(folder, *identity).result;
    status.result.progress.tries += slice.progress.tries;
    status.result.tally += slice.tally;
    status.result.short_items += slice.short_items;
    status.result.rows = status.result.rows.value_or(0) + slice.rows.value_or(0);
  }
}

/// Of a run that was killed before its first word, or is of an older program: what the ledger tells.
RunStatus status_of_ledger(const RunFolder& folder, const RunIdentity& identity) {
  const auto segment_path = [&](std::uint32_t start) { return folder.ledger(start); };
  const std::uint64_t mini_batches = settled_number(identity, "mini_batches");
  RunStatus status;
  status.result.name = identity.name;
  status.result.run_folder = folder.path;
  Slicing& slicing = status.result.slicing;
  if (identity.settled.contains("slice"))
    slicing = slicing_of_folder(fs::path(folder.path).filename().string()).value_or(slicing);
  else
    slicing.count = static_cast<std::uint32_t>(settled_number(identity, "slices"));
  const History history =
      read_history(segment_path, latest_plan(segment_path).value_or(identity.plan_fingerprint), mini_batches);
  count_outcomes(status.result, history);
  if (slicing.is_join()) add_slices(status, folder);
  count_from_tally(status.result);
  status.result.progress.mini_batches = slicing.range_of(mini_batches).size();
  status.result.output_file = named_output(folder, identity, history);
  status.is_of_ledger = true;
  status.state = history.is_finished ? RunStatus::State::ended : RunStatus::State::starting;
  return status;
}

/// The process that would give the command again after a loss is there, and so does it, or ends in a moment.
bool has_launcher(const RunStatus& status) {
  const Lease told = parse_lease(status.launcher + "\n");
  if (!told.holder) return false;
  const std::chrono::duration<double> length(told.holder->length_seconds);
  const ProcessSign sign = sign_of(*told.holder, LeaseHolder::self(length));
  if (sign != ProcessSign::unknown) return sign == ProcessSign::running;
  const auto age = std::chrono::nanoseconds(unix_nanoseconds_now() - status.updated_unix_nanoseconds);
  return std::chrono::abs(age) < length;
}

/// A slice's rows are in the run folder of the whole since it has ended.
std::string joined_in(const RunFolder& slice_folder, const RunStatus& slice) {
  const Slicing& slicing = slice.result.slicing;
  if (!slicing.is_slice()) return {};
  const RunFolder whole{fs::path(slice_folder.path).parent_path().parent_path().parent_path().string()};
  const auto join = last_word(whole);
  const bool is_of_it = join && slicing.folder_in(whole).path == slice_folder.path &&
                        join->result.slicing == Slicing{slicing.count, 0} && word_of(*join) == "completed" &&
                        join->started_unix_nanoseconds >= slice.updated_unix_nanoseconds;
  return is_of_it ? whole.path : "";
}

void set_lifeless(RunStatus& status, const LeaseLook::Sight& sight) {
  const bool is_stopped = sight.life == LeaseLook::Life::stopped;
  status.state = is_stopped ? RunStatus::State::stopped : RunStatus::State::killed;
  status.holder_process = sight.process;
  status.is_process_gone = sight.sign == ProcessSign::gone;
}

void set_starting_again(RunStatus& status) {
  status.state = RunStatus::State::starting;
  status.is_starting_again = true;
  status.pace = {};
  status.result.seconds.reset();
}

}  // namespace

RunFolder run_folder_at(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  return {absolute.has_filename() ? absolute.string() : absolute.parent_path().string()};
}

LeaseLook::Sight clear_sight(LeaseLook& lease) {
  for (bool has_said = false;; std::this_thread::sleep_for(between_looks)) {
    LeaseLook::Sight sight = lease.look();
    if (sight.life != LeaseLook::Life::unclear) return sight;
    if (!std::exchange(has_said, true))
      std::fprintf(stderr, "prs_mpi: the run is held by %s; looking for a few seconds whether it is alive\n",
                   sight.holder.c_str());
  }
}

RunLook::RunLook(RunFolder folder) : folder_(std::move(folder)), lease_(folder_.lease()) {
  const std::string& path = folder_.path;
  std::error_code error;
  if (fs::is_regular_file(path, error))
    throw UserError(path + " is a file; status takes the run folder, which is the `output` of the configuration");
  if (!fs::exists(path, error)) throw UserError(path + " does not exist: no run was begun there");
  auto identity = load_run_identity(folder_.identity());
  if (!identity && fs::exists(folder_.job_result(), error))
    throw UserError(path + " has no " + folder_.identity() + " any more, by which a run is known; " +
                    folder_.job_result() + " may still tell how it ended");
  if (!identity)
    throw UserError(path + " holds no run: none was begun there, or it was refused (no " + folder_.identity() + ")");
  identity_ = std::move(*identity);
}

RunStatus RunLook::look() {
  const LeaseLook::Sight sight = clear_sight(lease_);
  const bool is_alive = sight.life == LeaseLook::Life::alive;
  // After the look at the lease: what a run says last, it says while it holds it.
  auto word = last_word(folder_);
  RunStatus status = word ? std::move(*word) : status_of_ledger(folder_, identity_);
  if (is_alive && status.lease != sight.lease) {  // a newer start has not said anything yet
    status.state = RunStatus::State::starting;
    status.holder = sight.holder;
    status.pace = {};
    status.result.seconds.reset();
  } else if (!is_alive && status.state != RunStatus::State::ended) {
    set_lifeless(status, sight);
  }
  const bool may_start_again = status.state == RunStatus::State::ended ? status.result.may_start_again
                                                                       : status.state == RunStatus::State::killed;
  if (may_start_again && has_launcher(status)) set_starting_again(status);
  if (status.state == RunStatus::State::ended) status.result.joined_in = joined_in(folder_, status);
  return status;
}

ExitStatus exit_status_of(const RunStatus& status) {
  if (status.state == RunStatus::State::ended) return status.result.status;
  return status.state == RunStatus::State::killed ? ExitStatus::interrupted : ExitStatus::going_on;
}

}  // namespace prs
