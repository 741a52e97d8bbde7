#include "app/status.hpp"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "app/preparation.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/lease_look.hpp"
#include "output/run_identity.hpp"
#include "report/report.hpp"
#include "support/posix_io.hpp"
#include "support/speech.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds between_looks{250};
constexpr std::chrono::seconds between_words{1}, between_plain_lines{10};

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
  const History history =
      read_history([&](std::uint32_t start) { return folder.ledger(start); }, identity.plan_fingerprint, mini_batches);
  RunStatus status;
  status.result.name = identity.name;
  status.result.run_folder = folder.path;
  Progress& progress = status.result.progress;
  progress.mini_batches = mini_batches;
  progress.tries = history.outcomes;
  history.last.for_each([&](const LastOutcome& last) { ++(last.outcome.is_done() ? progress.done : progress.failed); });
  status.state = history.is_finished ? RunStatus::State::ended : RunStatus::State::starting;
  return status;
}

/// A run folder, looked at again and again.
class RunLook {
 public:
  explicit RunLook(const std::string& path) : folder_{path}, lease_(folder_.lease()) {
    std::error_code error;
    if (fs::is_regular_file(path, error))
      throw UserError(path + " is a file; status takes the run folder, which is the `output` of the configuration");
    if (!fs::exists(path, error)) throw UserError(path + " does not exist: no run was begun there");
    identity_ = load_run_identity(folder_.identity());
    if (!identity_)
      throw UserError(path + " holds no run: none was begun there, or it was refused (no " + folder_.identity() + ")");
  }

  RunStatus look() {
    for (bool has_said = false;; std::this_thread::sleep_for(between_looks)) {
      const LeaseLook::Sight sight = lease_.look();
      if (sight.life != LeaseLook::Life::unclear) return status_of(sight);
      if (!std::exchange(has_said, true))
        std::fprintf(stderr, "prs_mpi: the run is held by %s; looking for a few seconds whether it is alive\n",
                     sight.holder.c_str());
    }
  }

 private:
  RunStatus status_of(const LeaseLook::Sight& sight) const {
    const bool is_alive = sight.life == LeaseLook::Life::alive;
    // After the look at the lease: what a run says last, it says while it holds it.
    auto word = last_word(folder_);
    RunStatus status = word ? std::move(*word) : status_of_ledger(folder_, *identity_);
    if (is_alive && status.lease != sight.lease) {  // a newer start has not said anything yet
      status.state = RunStatus::State::starting;
      status.holder = sight.holder;
    } else if (!is_alive && status.state != RunStatus::State::ended) {
      status.state = RunStatus::State::killed;
    }
    return status;
  }

  RunFolder folder_;
  LeaseLook lease_;
  std::optional<RunIdentity> identity_;
};

ExitStatus exit_status_of(const RunStatus& status) {
  if (status.state == RunStatus::State::ended) return status.result.status;
  return status.state == RunStatus::State::killed ? ExitStatus::interrupted : ExitStatus::going_on;
}

/// The live line of a run that goes on elsewhere: on a terminal always the same line, else one every ten seconds.
void follow(RunLook& run, RunStatus& status, bool is_json) {
  const auto columns = static_cast<std::size_t>(terminal_columns(STDOUT_FILENO));
  const auto interval = columns > 0 || is_json ? between_words : between_plain_lines;
  auto next_line = std::chrono::steady_clock::now();
  bool has_live_line = false;
  for (; !status.is_over(); status = run.look()) {
    if (const auto now = std::chrono::steady_clock::now(); now >= next_line) {
      next_line = now + interval;
      if (is_json)
        print(json_of(status, -1));
      else if (columns > 0)
        print("\r" + progress_line(status.result.progress, status.pace, columns - 1) + "\x1b[K");
      else
        print(progress_line(status.result.progress, status.pace, std::string::npos) + "\n");
      has_live_line = columns > 0 && !is_json;
    }
    std::this_thread::sleep_for(between_looks);
  }
  if (has_live_line) print("\r\x1b[K");
}

}  // namespace

ExitStatus show_status(const CommandLine& line) {
  std::error_code error;
  const fs::path absolute = fs::absolute(line.folder, error).lexically_normal();
  RunLook run(absolute.has_filename() ? absolute.string() : absolute.parent_path().string());
  RunStatus status = run.look();
  if (line.is_watching) follow(run, status, line.is_json);
  print(line.is_json ? json_of(status, line.is_watching ? -1 : 1) : status_text(status, unix_nanoseconds_now()));
  return exit_status_of(status);
}

}  // namespace prs
