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

std::uint64_t mini_batches_of(const RunIdentity& identity) {
  std::uint64_t count = 0;
  if (const auto found = identity.settled.find("mini_batches"); found != identity.settled.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), count);
  return count;
}

/// Of a run that was killed before its first word, or is of an older program: what the ledger tells.
RunStatus status_of_ledger(const RunFolder& folder, const RunIdentity& identity) {
  const std::uint64_t mini_batches = mini_batches_of(identity);
  const bool is_slice = identity.settled.contains("slice");
  const auto slicing = is_slice ? slicing_of_folder(fs::path(folder.path).filename().string()) : std::nullopt;
  const History history =
      read_history([&](std::uint32_t start) { return folder.ledger(start); }, identity.plan_fingerprint, mini_batches);
  RunStatus status;
  status.result.name = identity.name;
  status.result.run_folder = folder.path;
  Progress& progress = status.result.progress;
  status.result.slicing = slicing.value_or(Slicing());
  progress.mini_batches = status.result.slicing.range_of(mini_batches).size();
  progress.tries = history.outcomes;
  history.last.for_each([&](const LastOutcome& last) { ++(last.outcome.is_done() ? progress.done : progress.failed); });
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
