#pragma once

#include <functional>
#include <string_view>

#include "dataset/row_group_cut.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// Reads the footers of Parquet files, for the plan: the user's own pyarrow does, in a process of its own. `paths`:
/// each followed by a NUL. Calls `on_file` for each, in order, and `while_waiting` now and then, which throws when it
/// takes too long. Throws UserError where the interpreter has no pyarrow (rule 4.7), or ends without an answer. Source:
/// script/python/prs_parquet_plan.py.
void read_parquet_footers(std::string_view paths, const std::function<void(const Footer&)>& on_file,
                          const ScriptSettings& settings, const std::function<void()>& while_waiting);

}  // namespace prs
