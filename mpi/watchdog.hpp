#pragma once

namespace prs {

/// Ends this process with a message and a status when a call that cannot be interrupted takes too long: the few
/// collective calls of MPI that may wait for a peer which is dead or hung (start-up, MPI_Finalize). One at a
/// time; by SIGALRM, since nothing else runs then. A script that runs ends with the process, by its keeper.
class Watchdog {
 public:
  /// `message`: one line with its line break, a literal; it is written by a signal handler.
  Watchdog(unsigned seconds, const char* message, int exit_status);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
};

}  // namespace prs
