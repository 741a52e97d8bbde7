#include "ledger/history.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

namespace prs {
namespace {

/// Puts the records of one segment on top of what the earlier ones said; nothing of a segment of another plan.
class SegmentReplay {
 public:
  SegmentReplay(History& history, std::uint64_t plan_fingerprint) : history_(history), fingerprint_(plan_fingerprint) {}

  LedgerEvents events() {
    LedgerEvents events;
    events.header = [this](const SegmentHeader& header) { on_header(header); };
    events.outcome = [this](const Outcome& outcome, ErrorId error) { on_outcome(outcome, error); };
    events.error_text = [this](ErrorId error, const Failure& failure) {
      if (is_foreign_) return;
      history_.errors.push_back(failure);
      number_of_[error] = static_cast<ErrorId>(history_.errors.size());
    };
    events.columns = [this](std::string_view line) {
      if (!is_foreign_) history_.columns = line;
    };
    events.finishing = [this](std::uint64_t length_bytes, std::uint64_t checksum) {
      if (!is_foreign_) history_.finishing = History::Finishing{length_bytes, checksum};
    };
    events.finished = [this] { history_.is_finished = history_.is_finished || !is_foreign_; };
    events.loss = [this](MiniBatchIndex mini_batch) {
      if (!is_foreign_ && mini_batch.value < history_.entries.size()) ++history_.loss_marks[mini_batch];
    };
    events.retry_failed = [this](std::optional<std::uint32_t> run_max_try) {
      if (is_foreign_) return;
      history_.last_retry_start = start_;
      if (forget_failed(history_, run_max_try)) history_.is_finished = false;
    };
    return events;
  }
  bool is_foreign() const { return is_foreign_; }

 private:
  void on_header(const SegmentHeader& header) {
    is_foreign_ = !header.is_of_plan(fingerprint_, history_.entries.size());
    start_ = header.start;
  }
  void on_outcome(const Outcome& outcome, ErrorId error) {
    if (is_foreign_ || outcome.mini_batch.value >= history_.entries.size()) return;
    History::Entry& entry = history_.entries[outcome.mini_batch.value];
    entry.outcome = outcome;
    if (outcome.is_done()) history_.loss_marks.erase(outcome.mini_batch);  // it has passed
    const auto number = number_of_.find(error);
    entry.error = number == number_of_.end() ? 0 : number->second;
    if (entry.error != 0) ++history_.error_counts[entry.error];
    ++history_.outcomes;
    // New outcomes after a finished file mean that it is being put together anew.
    history_.is_finished = false;
  }

  History& history_;
  std::uint64_t fingerprint_;
  std::map<ErrorId, ErrorId> number_of_;  ///< the segment's error numbers → ours
  bool is_foreign_ = false;
  std::uint32_t start_ = 0;
};

/// The ends of earlier segments as the latest header has them. Part numbers are taken, whatever plan they were taken
/// for.
std::vector<std::uint64_t> ends_of_earlier(const std::function<std::string(std::uint32_t)>& segment_path,
                                           std::uint32_t segments, std::uint64_t plan_fingerprint, History& history) {
  std::vector<std::uint64_t> ends(segments, std::numeric_limits<std::uint64_t>::max());
  for (std::uint32_t segment = 1; segment <= segments; ++segment) {
    LedgerEvents only_header;
    only_header.header = [&](const SegmentHeader& header) {
      history.next_part = std::max(history.next_part, header.first_part);
      if (!header.is_of_plan(plan_fingerprint, history.entries.size())) return;
      for (std::size_t i = 0; i < header.earlier_segment_bytes.size() && i + 1 < segment; ++i)
        ends[i] = std::min(ends[i], header.earlier_segment_bytes[i]);
    };
    // Only the header is wanted: a limit behind the longest possible one keeps this cheap.
    read_segment(segment_path(segment), 64 + 8 * std::uint64_t{segments} + 64, only_header);
  }
  return ends;
}

}  // namespace

History read_history(const std::function<std::string(std::uint32_t)>& segment_path, std::uint64_t plan_fingerprint,
                     std::uint64_t mini_batches) {
  History history;
  history.entries.resize(mini_batches);
  std::uint32_t segments = 0;
  while (std::filesystem::exists(segment_path(segments + 1))) ++segments;
  const std::vector<std::uint64_t> ends = ends_of_earlier(segment_path, segments, plan_fingerprint, history);
  for (std::uint32_t segment = 1; segment <= segments; ++segment) {
    SegmentReplay replay(history, plan_fingerprint);
    const SegmentEnd end = read_segment(segment_path(segment), ends[segment - 1], replay.events());
    history.idle_starts = end.has_progress && !replay.is_foreign() ? 0 : history.idle_starts + 1;
    history.segment_bytes.push_back(end.valid_bytes);
    if (!end.problem.empty()) history.problems.push_back(segment_path(segment) + ": " + end.problem);
    if (replay.is_foreign()) history.problems.push_back(segment_path(segment) + ": is of another plan");
  }
  return history;
}

bool forget_failed(History& history, std::optional<std::uint32_t> run_max_try) {
  bool has_any = false;
  for (History::Entry& entry : history.entries) {
    if (entry.outcome.dequeue_count == 0 || entry.outcome.is_done()) continue;
    // In a finished run it was given up, whatever run_max_try was then.
    if (run_max_try && !history.is_finished && !gives_up(entry.outcome, *run_max_try)) continue;
    history.loss_marks.erase(entry.outcome.mini_batch);
    entry = {};
    has_any = true;
  }
  return has_any;
}

Tally tally_of(const History& history, std::uint32_t run_max_try) {
  Tally tally;
  for (const History::Entry& entry : history.entries)
    if (entry.outcome.dequeue_count > 0) tally += charge_of(entry.outcome, false, run_max_try);
  return tally;
}

}  // namespace prs
