#pragma once

#include <string>

namespace prs {

/// Signals that ask for a stop: SIGTERM, SIGINT, SIGUSR1 (rule 7.3). Handlers are set before MPI_Init, so that none is
/// missed; they only count and wake whoever polls wake_fd().
class StopSignals {
 public:
  static void install();
  /// How many have come.
  static int count();
  /// The last one's number, 0 if none.
  static int last();
  /// Readable when one came after the last acknowledge(); −1 before install().
  static int wake_fd();
  static void acknowledge();
};

/// "SIGTERM", for messages.
std::string signal_name(int number);

}  // namespace prs
