#pragma once

#include <cstdint>

namespace prs {

// How a worker and the keeper of its script process talk: keeper.cpp and host_process.cpp.
//
// Worker → keeper: the lifeline (a socket pair), whose other end only the worker holds. A byte on it is a command; its
// end, by whatever death of the worker, means: kill all, clean up, leave. Keeper → worker: the status pipe, fixed-size
// reports, each written at once. Its end means that nothing is left below.

inline constexpr int keeper_lifeline_fd = 3;
inline constexpr int keeper_status_fd = 4;

inline constexpr char keeper_command_terminate = 'T';  ///< SIGTERM to the host's process group

enum class KeeperReportKind : std::uint32_t {
  started = 1,       ///< value: the host's process id, which is its process group too
  cannot_start = 2,  ///< value: errno; stage: what failed
  ended = 3,         ///< value: the wait status, as waitpid gives it
};

/// What a new process was about to do when it failed.
enum class StartStage : std::uint32_t { none, working_folder, standard_output, standard_error, command, process };

struct KeeperReport {
  KeeperReportKind kind{};
  StartStage stage{};
  std::int64_t value = 0;
};
static_assert(sizeof(KeeperReport) == 16);

}  // namespace prs
