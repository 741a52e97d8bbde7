#pragma once

#include <chrono>
#include <string>

#include "model/run_folder.hpp"
#include "output/lease_look.hpp"
#include "output/run_identity.hpp"
#include "report/run_status.hpp"
#include "support/errors.hpp"

namespace prs {

/// How often somebody looks who waits for news.
constexpr std::chrono::milliseconds between_looks{250};

/// The folder that a user names, with or without a slash at the end.
RunFolder run_folder_at(const std::string& path);

/// Looks until it is clear whether a job holds the folder, for some seconds at most; says so on stderr where it takes
/// that long. Throws InfrastructureError.
LeaseLook::Sight clear_sight(LeaseLook& lease);

/// A run folder, looked at again and again from wherever it can be read. Writes nothing there.
class RunLook {
 public:
  /// Throws UserError where there is no run.
  explicit RunLook(RunFolder folder);
  RunStatus look();

 private:
  RunFolder folder_;
  LeaseLook lease_;
  RunIdentity identity_;
};

/// That of a run that has ended, ExitStatus::interrupted for a killed one, else ExitStatus::going_on.
ExitStatus exit_status_of(const RunStatus& status);

}  // namespace prs
