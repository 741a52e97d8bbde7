#pragma once

#include <string>

#include "support/unique_fd.hpp"

namespace prs {

/// That only one job works in a run folder (SPEC 7.5). Rank 0 holds it from before the first look into the folder to
/// the end; the kernel takes it back when the process ends, however it ends. The file says who holds it.
class RunLock {
 public:
  /// Throws UserError that names the job which holds it.
  explicit RunLock(const std::string& path);

 private:
  UniqueFd fd_;
};

}  // namespace prs
