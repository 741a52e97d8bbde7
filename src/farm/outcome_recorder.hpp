#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataset/plan.hpp"
#include "farm/protocol.hpp"
#include "farm/slices.hpp"
#include "farm/work_sender.hpp"
#include "ledger/history.hpp"
#include "ledger/ledger.hpp"
#include "model/run_folder.hpp"
#include "output/columns.hpp"
#include "report/report.hpp"
#include "scheduling/dispatcher.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// Outcomes on their way into the queue's state and then into the ledger, with what they failed of. Rank 0's.
class OutcomeRecorder {
 public:
  struct Parts {
    const Plan& plan;
    IoThread& io;
    RunFolder folder;
    const History& history;        ///< of earlier starts
    std::uint32_t start = 1;       ///< this one's number
    std::uint32_t tries_part = 0;  ///< number of the file for tries that no worker can tell of
    WorkSender& sender;            ///< is told what an acknowledgement says beside
    Dispatcher& dispatcher;
    const JoinedSlices* joined = nullptr;  ///< of a join alone
  };
  explicit OutcomeRecorder(const Parts& parts);

  /// One outcome that a worker reports.
  void record(WorkerId from, protocol::ReportedOutcome& reported, TimePoint now, Commands& commands);
  /// What the dispatcher has decided without a try: marks of losses, and mini-batches that are given up by them.
  /// `last_loss`: "rank 2 (process001 on node1): its process ended".
  void record(const Commands& commands, std::string_view last_loss);
  /// All records since the last call in one write; what they acknowledge is told once they are written.
  void submit();

  LedgerWriter& ledger() { return ledger_; }
  const ErrorCatalog& errors() const { return errors_; }
  std::uint64_t tries() const { return tries_; }

 private:
  ErrorId error_id_of(const Failure& failure);
  void record_given_up(const Outcome& outcome, std::string_view last_loss);

  const Plan& plan_;
  IoThread& io_;
  WorkSender& sender_;
  Dispatcher& dispatcher_;
  LedgerWriter ledger_;
  ColumnSettlement columns_;
  ErrorCatalog errors_;
  std::uint64_t tries_ = 0;
  std::string tries_path_;
  std::optional<IoThread::FileId> tries_file_;
};

}  // namespace prs
