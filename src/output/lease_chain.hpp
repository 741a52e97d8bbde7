#pragma once

#include <time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "model/run_folder.hpp"
#include "output/lease_file.hpp"
#include "support/clock.hpp"

namespace prs {

// The chain of leases of a run folder, as whoever takes one and whoever only looks see it. Nothing is written here.

/// A time that a file server gives.
double file_seconds(const timespec& time);

/// The number of the lease that holds; 0: none, also where there is no such folder. Throws InfrastructureError.
std::uint64_t highest_lease(const LeaseFolder& folder);

/// None: it is not there (any more). Opened anew each time, so that a network file system tells its latest state.
/// `now_seconds`: by the clock that its age is to be told by. Throws InfrastructureError.
std::optional<Lease> read_lease(const std::string& path, double now_seconds);

/// Remembers one lease from look to look.
class LeaseWatcher {
 public:
  LeaseWatch look(const Lease& lease);
  /// For what is said once of each lease.
  bool is_first();

 private:
  std::uint64_t number_ = 0;
  std::string nonce_;
  std::uint64_t bytes_ = 0;
  TimePoint since_{};
  bool is_said_ = false;
};

}  // namespace prs
