#include "app/run_look.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "ledger/history.hpp"
#include "model/slicing.hpp"
#include "report/report.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

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

RunStatus status_of_ledger(const RunFolder& folder, const RunIdentity& identity);

/// What a join's own ledger does not have, since its slices have it.
void add_slices(RunStatus& status, const RunFolder& whole) {
  for (std::uint32_t number = 1; number <= status.result.slicing.count; ++number) {
    const RunFolder folder = slice_of(status.result.slicing, number).folder_in(whole);
    const auto identity = load_run_identity(folder.identity());
    if (!identity) continue;
    const Progress slice = status_of_ledger(folder, *identity).result.progress;
    status.result.progress.done += slice.done;
    status.result.progress.failed += slice.failed;
    status.result.progress.tries += slice.tries;
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
  Progress& progress = status.result.progress;
  progress.mini_batches = slicing.range_of(mini_batches).size();
  progress.tries = history.outcomes;
  history.last.for_each([&](const LastOutcome& last) { ++(last.outcome.is_done() ? progress.done : progress.failed); });
  if (slicing.is_join()) add_slices(status, folder);
  status.state = history.is_finished ? RunStatus::State::ended : RunStatus::State::starting;
  return status;
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
  } else if (!is_alive && status.state != RunStatus::State::ended) {
    status.state = RunStatus::State::killed;
  }
  return status;
}

}  // namespace prs
