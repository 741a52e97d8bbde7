#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/run_look.hpp"
#include "model/slicing.hpp"

namespace prs {

/// There are slices, and nothing of the whole run: no join has begun.
bool has_slices_alone(const RunFolder& folder);

/// How a run in slices stands that no join has put together yet (rule 7.7).
struct SlicesStatus {
  std::string run_folder;
  std::vector<RunStatus> slices;  ///< those that were begun, in their order

  bool is_going_on() const;
};

/// The slices that lie in a run folder, looked at again and again; the folder itself holds no run of its own.
class SlicesLook {
 public:
  explicit SlicesLook(RunFolder whole) : whole_(std::move(whole)) {}
  /// Throws UserError where no slice was begun.
  SlicesStatus look();

 private:
  RunFolder whole_;
};

/// going_on while a slice is, or where slices or their join are to come; else that of the first one that did not end
/// well.
ExitStatus exit_status_of(const SlicesStatus& status);

/// "slices: 3 completed, 2 running, 3 not begun".
std::string slices_line(const SlicesStatus& status);
/// For people: the slices that are not completed, and what to do.
std::string status_text(const SlicesStatus& status);
/// One JSON object, the fields of docs/running.md; `indent` −1: on one line.
std::string json_of(const SlicesStatus& status, int indent);

}  // namespace prs
