#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "dataset/row_cut.hpp"
#include "farm/asked_loader.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// Has loader processes look into HDF5 files, for rank 0: a damaged file may crash the HDF5 library, or have it loop
/// for ever, so none is opened in a rank (rule 1.2), and each has task_overhead_timeout.
class Hdf5Question {
 public:
  /// `settings` lives longer. `while_waiting` is called now and then, and may throw to end the waiting.
  explicit Hdf5Question(const ScriptSettings& settings, std::function<void()> while_waiting = {})
      : settings_(settings), while_waiting_(std::move(while_waiting)) {}

  /// Else the text says what is wrong with the file, which it names. A process that dies over a file is given a second
  /// chance, since it may have been killed for other reasons, and the same input makes the same plan (rule 3.7). Throws
  /// InfrastructureError where none can be started.
  std::variant<DescribedTable, std::string> describe(std::uint32_t input, const std::string& path);

 private:
  const ScriptSettings& settings_;
  std::function<void()> while_waiting_;
  std::unique_ptr<AskedLoader> loader_;
};

/// Counts the rows of the HDF5 files of one input, for the plan. `paths`: each followed by a NUL. Calls `on_file` for
/// each, in order. Throws as Hdf5Question does.
void count_hdf5_rows(Hdf5Question& question, std::uint32_t input, std::string_view paths,
                     const std::function<void(const CountedRows&)>& on_file);

}  // namespace prs
