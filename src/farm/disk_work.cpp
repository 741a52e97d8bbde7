#include "farm/disk_work.hpp"

#include <cstdio>
#include <cstdlib>

#include "report/report.hpp"

namespace prs {

void DiskWork::aside(const std::string& what, const std::function<void()>& work,
                     const std::function<void()>& on_ending) {
  if (!master_.aside(what, work, on_ending)) leave();
}

void DiskWork::sync_ledger() {
  if (!master_.sync_ledger()) leave();
}

/// Nothing is unwound: the work that hangs may still use all of it.
void DiskWork::leave() {
  const auto& ending = master_.ending();
  RunResult result;
  result.status = ending ? ending->status : ExitStatus::interrupted;
  const std::string& hurry = master_.hurry_cause();
  result.cause = ending ? ending->cause : hurry;
  if (result.cause.find(hurry) == std::string::npos) result.cause += "; then " + hurry;
  result.cause += "; a disk did not answer any more";
  result.progress = master_.progress();
  result.run_folder = folder_.path;
  result.look_into = folder_.master_log();
  std::fprintf(stderr, "%s\n", last_line(result).c_str());
  leave_at_once_(result.status);
  std::abort();
}

}  // namespace prs
