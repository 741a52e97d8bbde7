#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ledger/history.hpp"
#include "support/file_stamp.hpp"

namespace prs {

/// The output file that lies in the run folder, where it is, to the last byte, what an earlier start of this run wrote;
/// none: it is somebody else's, or was changed since, and is not to be replaced. Told by its time and length where the
/// ledger has these, else by reading it against the rows' checksums, or by the mark in a file of columns.
/// Rank 0's; throws Interrupted and InfrastructureError.
/// `read_until`: the history as it was when the ledger ended there.
std::optional<FileStamp> find_earlier_output(const std::string& path, const History& history,
                                             const std::function<History(LedgerPlace)>& read_until);

/// The same, told by its time and length alone.
std::optional<FileStamp> find_untouched_output(const std::string& path, const History& history);

}  // namespace prs
