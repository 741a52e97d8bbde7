#include "farm/outcome_recorder.hpp"

#include "support/log.hpp"

namespace prs {
namespace {

SegmentHeader segment_header(const OutcomeRecorder::Parts& parts) {
  SegmentHeader header;
  header.start = parts.start;
  header.plan_fingerprint = ledger_fingerprint(parts.plan, parts.joined);
  header.mini_batches = parts.plan.mini_batch_count();
  header.first_part = parts.history.next_part;
  header.earlier_segment_bytes = parts.history.segment_bytes;
  return header;
}

}  // namespace

OutcomeRecorder::OutcomeRecorder(const Parts& parts)
    : plan_(parts.plan),
      io_(parts.io),
      sender_(parts.sender),
      dispatcher_(parts.dispatcher),
      ledger_(parts.io, parts.folder.ledger(parts.start), segment_header(parts)),
      tries_path_(parts.folder.tries(parts.tries_part)) {
  if (!parts.history.columns.empty()) columns_.restore(parts.history.columns);
  for (std::size_t i = 0; i < parts.history.errors.size(); ++i) {
    const auto count = parts.history.error_counts.find(static_cast<ErrorId>(i + 1));
    errors_.restore(parts.history.errors[i], count == parts.history.error_counts.end() ? 0 : count->second);
  }
}

void OutcomeRecorder::record(WorkerId from, protocol::ReportedOutcome& reported, TimePoint now, Commands& commands) {
  const int rank = static_cast<int>(from.value);
  const std::uint64_t number = sender_.note_outcome(rank);
  Outcome& outcome = reported.outcome;
  if (outcome.is_done() && !reported.columns.empty() && dispatcher_.is_current(from, outcome)) {
    const bool is_first = columns_.settled().empty();
    if (auto mismatch = columns_.check(reported.columns)) {
      overrule(outcome);
      reported.failure = std::move(*mismatch);
      sender_.overrule(rank, number);
    } else if (is_first) {
      ledger_.columns(reported.columns);
    }
  }
  ++tries_;
  if (!dispatcher_.on_outcome(from, outcome, now, commands)) {
    sender_.drop(rank, number);
    return;
  }
  ledger_.outcome(outcome, outcome.is_done() ? 0 : error_id_of(reported.failure));
}

ErrorId OutcomeRecorder::error_id_of(const Failure& failure) {
  const ErrorId error = errors_.add(failure);
  if (errors_.is_new(error)) ledger_.error_text(error, failure);
  return error;
}

void OutcomeRecorder::record(const Commands& commands, std::string_view last_loss) {
  for (const MiniBatchIndex mini_batch : commands.loss_marks) ledger_.loss(mini_batch);
  for (const Outcome& outcome : commands.given_up) record_given_up(outcome, last_loss);
}

/// A mini-batch that three lost ranks held (rule 7.4). No worker is left to tell of its try.
void OutcomeRecorder::record_given_up(const Outcome& outcome, std::string_view last_loss) {
  const Failure failure{
      "WorkerLost",
      "three ranks were lost that held it, the last two of them nothing else, at last " + std::string(last_loss),
      {}};
  ledger_.outcome(outcome, error_id_of(failure));
  TryRow row;
  row.outcome = outcome;
  row.error_category = failure.category;
  row.error_message = failure.message;
  name_items(row, plan_.items_of(outcome.mini_batch));
  std::string line;
  append_try_row(line, row);
  if (!tries_file_) tries_file_ = io_.create_later(tries_path_);
  io_.append(*tries_file_, std::move(line));
}

void OutcomeRecorder::submit() {
  if (ledger_.gathered_bytes() == 0 && !sender_.has_outcomes_without_ticket()) return;
  sender_.give_ticket(ledger_.submit());
}

}  // namespace prs
