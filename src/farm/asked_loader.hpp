#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "script/loader_process.hpp"

namespace prs {

/// A loader that is asked one thing after the other, and waited for: by rank 0 before anything is handed out, and by
/// `prs_mpi try`. No parser of the user's data runs in a rank (rule 1.2).
class AskedLoader {
 public:
  /// `settings` says how it is started, and lives longer. `while_waiting` is called now and then, and may throw to end
  /// the waiting. Throws InfrastructureError.
  explicit AskedLoader(const ScriptSettings& settings, std::function<void()> while_waiting = {});
  /// A LoadedTable or a FailedLoad. A loader that dies over it, or takes longer than task_overhead_timeout, is lost.
  TableLoad load(const TableItems& items);
  /// ScannedPieces. Where the loader dies, or does not get on for so long, none of the pieces could be read.
  std::string scan(const QuoteScanOrder& order);
  /// `file`: an HDF5 file. The Failure says what is wrong with it, or how the loader ended over it.
  std::variant<DescribedTable, Failure> describe(const TableItems& file);
  /// There is nothing that it can be asked any more.
  bool is_lost() const { return loader_.stage() == LoaderProcess::Stage::dying; }
  /// Lost before it could be asked: this says nothing of any file.
  bool is_lost_at_start() const { return is_lost() && !loader_.was_ready(); }
  bool is_too_slow() const { return is_lost() && loader_.end() == LoaderProcess::End::too_slow; }

 private:
  std::optional<LoadAnswer> wait();
  std::string end_text() const { return "the process that reads it " + loader_.end_text(); }

  const ScriptSettings& settings_;
  std::function<void()> while_waiting_;
  LoaderProcess loader_;
};

}  // namespace prs
