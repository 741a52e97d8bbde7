#pragma once

#include <string>
#include <vector>

#include "cluster/rank_report.hpp"

namespace prs {

/// What the reports of all ranks say of a run that is about to start: the last look before user code runs anywhere.
struct PreflightVerdict {
  std::string error;                  ///< the run cannot be right, a line for each reason; empty: nothing says so
  bool is_infrastructure = false;     ///< a reason lies with a machine, and may go away
  std::vector<std::string> warnings;  ///< the run can be right
};

/// Names the hosts, the thing and what to change. `reports` by rank, of one version; `paths` are what the sights are
/// of. Pure.
PreflightVerdict preflight_verdict(const std::vector<RankReport>& reports, const std::vector<SharedPath>& paths);
/// Two versions of the program can say nothing else to each other: looked at before all else. Empty: all are of one.
std::string version_mismatch(const std::vector<RankReport>& reports);

/// Of the file system on which the run folder is, or will be. Empty: there is room.
std::string warning_of_little_room(const std::string& run_folder);

}  // namespace prs
