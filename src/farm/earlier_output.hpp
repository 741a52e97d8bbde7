#pragma once

#include <functional>
#include <optional>
#include <string>

#include "dataset/plan.hpp"
#include "ledger/history.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// The output file that lies in the run folder, where it is, to the last byte, what an earlier start of this run wrote;
/// none: it is somebody else's, or was changed since, and is not to be replaced. Told by its time and length where the
/// ledger has these, else by reading it against the rows' checksums, or by the mark in a file of columns.
/// Rank 0's; throws Interrupted and InfrastructureError.
std::optional<FileStamp> find_earlier_output(const std::string& path, const History& history, const Plan& plan,
                                             const std::function<std::string(std::uint32_t)>& segment_path);

}  // namespace prs
