#pragma once

#include <cstdint>
#include <string>

#include "script/loader_process.hpp"

namespace prs {

/// A loader that is asked one thing after the other, and waited for: by rank 0 before anything is handed out, and by
/// `prs_mpi try`. No parser of the user's data runs in a rank (rule 1.2).
class AskedLoader {
 public:
  /// `settings` says how it is started, and lives longer. Throws InfrastructureError.
  explicit AskedLoader(const ScriptSettings& settings);
  /// Throws UserError, naming the file, where it cannot be read within task_overhead_timeout.
  LoadedTable load(const TableItems& items);
  /// ScannedPieces. Throws UserError where it does not get on for task_overhead_timeout.
  std::string scan(const QuoteScanOrder& order);

 private:
  LoadAnswer wait(const std::string& what);

  const ScriptSettings& settings_;
  LoaderProcess loader_;
  std::uint64_t number_ = 0;
};

}  // namespace prs
