#pragma once

#include <functional>
#include <span>

#include "dataset/plan.hpp"
#include "farm/slices.hpp"
#include "ledger/history.hpp"
#include "report/advice.hpp"

namespace prs {

/// Writes logs/sys/job_report/: a row for each outcome of the ledger, from the workers' files or, where a worker did
/// not live to write it, from what the ledger knows; and the two summaries. Rank 0's, at the end of a start. Calls
/// `before_each` before each of the files gets its name. `ledgers`: of which the history is; the last one is of the
/// folder that the report is for. Gives what the last start's tries come to. Throws InfrastructureError.
TryFigures write_job_report(std::span<const RunLedger> ledgers, const Plan& plan, const History& history,
                            const std::function<void()>& before_each);

}  // namespace prs
