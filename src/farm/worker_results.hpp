#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "farm/protocol.hpp"
#include "farm/worker_start.hpp"
#include "model/row_sink.hpp"
#include "model/verdict.hpp"
#include "output/part_writer.hpp"
#include "report/try_rows.hpp"
#include "script/task_driver.hpp"

namespace prs {

/// The results' way through a worker: from the end of a try into the part, then to the master, and once that has
/// acknowledged the outcome, into the tally and the file of tries.
class WorkerResults {
 public:
  /// Makes the part and the file of tries. Throws InfrastructureError.
  explicit WorkerResults(WorkerStart& start);

  /// Where the driver puts rows.
  RowSink& sink() { return part_ ? static_cast<RowSink&>(*part_) : no_rows_; }
  /// So much waits for the disk that the host has to wait, too.
  bool is_behind() const;
  /// Tries that have ended; their rows are in the sink.
  void add(std::vector<TryEnd> ends);
  /// No host comes through init(): told once no disk is to blame.
  void give_up(const Failure& failure);
  bool has_gave_up() const { return has_gave_up_; }

  /// What is written since the last call.
  std::vector<protocol::ReportedOutcome> take_written();
  std::optional<Failure> take_gave_up();
  /// Outcomes that the master has not been told of: their tries run again.
  void forget_unreported();
  /// What the master has in its ledger counts from now on (rule 1.3).
  void acknowledge(const protocol::Work& work, TimePoint now);
  bool is_all_acknowledged() const { return tries_.empty(); }
  const Tally& tally() const { return tally_; }

  void submit_try_rows(TimePoint now);
  void submit_due_try_rows(TimePoint now);
  /// Hands all that is gathered to the disk; true once it is written and synced.
  bool is_settled(TimePoint now);

 private:
  /// A try whose outcome the master has not acknowledged yet.
  struct Try {
    TryRow row;           ///< with the outcome
    std::string columns;  ///< header line of a DataFrame's rows
    std::string failure_detail;
    std::uint64_t ticket = 0;  ///< after which its rows, or the text of its failure, are written
  };
  struct GaveUp {
    Failure failure;
    std::uint64_t ticket = 0;  ///< once this is done, no disk is to blame
  };
  Try try_of(TryEnd end);
  void warn_of_more_rows(const TryEnd& end);
  std::uint64_t keep_error_text(const TryEnd& end);
  std::uint64_t try_room() { return start_.io.try_room(start_.folder.room(start_.process), room_bytes); }
  static constexpr std::size_t room_bytes = 1 << 20;  ///< that a disk must have where a script says that one is full

  WorkerStart& start_;
  std::unique_ptr<PartWriter> part_;  ///< none: rows are only counted
  NoRows no_rows_;
  IoThread::FileId tries_file_;
  std::optional<IoThread::FileId> errors_file_;
  std::deque<Try> tries_;
  std::size_t reported_ = 0;  ///< of these, from the first on
  std::uint64_t acknowledged_ = 0;
  Tally tally_;
  std::string try_rows_;
  TimePoint try_rows_due_{};
  std::optional<GaveUp> gave_up_;  ///< the master is not told yet
  bool has_gave_up_ = false;
  bool has_warned_of_more_rows_ = false;
};

}  // namespace prs
