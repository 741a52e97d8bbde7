#pragma once

#include <stdexcept>
#include <string>

namespace prs {

/// Exit status of every rank and of the launcher (rule 8).
enum class ExitStatus : int {
  completed = 0,
  failed = 1,
  usage = 2,
  infrastructure = 3,
  going_on = 4,  ///< of `prs_mpi status` alone: the run is not over
  interrupted = 75,
};

/// A mistake of the user's: usage, configuration, input. Ends the program with ExitStatus::usage; printed once, by rank
/// 0.
class UserError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The world did not do as it should: disk full, unreadable file, no interpreter. Ends with ExitStatus::infrastructure.
class InfrastructureError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A signal asked for a stop before anything was begun. Ends with ExitStatus::interrupted.
class Interrupted : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// "<what>: <path>: <strerror(errno)>", for a system call that failed on a path.
InfrastructureError system_error(const std::string& what, const std::string& path, int error_number);

/// Our own bug: names the invariant, and ends the process by abort(). Used through PRS_INVARIANT.
[[noreturn]] void broken_invariant(const char* invariant, const char* file, int line);

}  // namespace prs

/// Holds in every build; a macro because the text of the condition and its place are the message.
#define PRS_INVARIANT(condition) \
  ((condition) ? static_cast<void>(0) : ::prs::broken_invariant(#condition, __FILE__, __LINE__))
