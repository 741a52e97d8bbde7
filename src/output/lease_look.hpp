#pragma once

#include <cstdint>
#include <string>

#include "model/run_folder.hpp"
#include "output/lease_chain.hpp"

namespace prs {

/// Whether the job that holds a run folder lives, seen from anywhere. Writes nothing in the folder, which may be
/// somebody else's; so an age is told by this machine's clock, and where that looks wrong the lease is watched.
class LeaseLook {
 public:
  explicit LeaseLook(std::string lease_folder) : folder_{std::move(lease_folder)} {}

  enum class Life {
    none,     ///< nobody ever held it, or nobody does any more
    alive,    ///< or so it seems: its last sign is young
    stopped,  ///< its process is there, and has given no sign for so long that another job may take over
    unclear   ///< look again in a moment: for less than half of a lease's length (12 s of 30)
  };
  struct Sight {
    Life life = Life::none;
    std::string lease;   ///< RunLease::name() of who holds it, or was the last to; empty: nobody ever did
    std::string holder;  ///< "process 12 on host n1, since 2026-…"
    std::int64_t process = 0;
    ProcessSign sign = ProcessSign::unknown;
    double sign_age_seconds = 0;
  };
  /// Throws InfrastructureError where the folder cannot be read.
  Sight look();

 private:
  LeaseFolder folder_;
  LeaseWatcher watcher_;
  bool has_grown_ = false;  ///< under this look's eyes
};

}  // namespace prs
