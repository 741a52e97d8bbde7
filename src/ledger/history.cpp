#include "ledger/history.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

namespace prs {
namespace {

/// Puts the records of one segment on top of what the earlier ones said; nothing of a segment of another plan.
class SegmentReplay {
 public:
  SegmentReplay(History& history, std::uint64_t plan_fingerprint, std::uint32_t segment)
      : history_(history), fingerprint_(plan_fingerprint), segment_(segment) {}

  LedgerEvents events() {
    LedgerEvents events;
    events.header = [this](const SegmentHeader& header) {
      is_foreign_ = !header.is_of_plan(fingerprint_, history_.last.mini_batches());
      start_ = header.start;
    };
    if_ours(events.outcome, &SegmentReplay::on_outcome);
    if_ours(events.error_text, &SegmentReplay::on_error_text);
    if_ours(events.columns, &SegmentReplay::on_columns);
    if_ours(events.building, &SegmentReplay::on_building);
    if_ours(events.written, &SegmentReplay::on_written);
    if_ours(events.finishing, &SegmentReplay::on_finishing);
    if_ours(events.named, &SegmentReplay::on_named);
    if_ours(events.finished, &SegmentReplay::on_finished);
    if_ours(events.loss, &SegmentReplay::on_loss);
    if_ours(events.retry_failed, &SegmentReplay::on_retry_failed);
    return events;
  }
  bool is_foreign() const { return is_foreign_; }

 private:
  template <typename... Arguments, typename... Taken>
  void if_ours(std::function<void(Arguments...)>& event, void (SegmentReplay::*handler)(Taken...)) {
    event = [this, handler](Arguments... arguments) {
      if (!is_foreign_) (this->*handler)(arguments...);
    };
  }

  void on_outcome(const Outcome& outcome, ErrorId error, std::uint64_t at_bytes) {
    if (outcome.mini_batch.value >= history_.last.mini_batches()) return;
    const ErrorId number = history_.last.set(outcome, error, at_bytes);
    if (number != 0) ++history_.error_counts[number];
    if (outcome.is_done()) history_.loss_marks.erase(outcome.mini_batch);  // it has passed
    ++history_.outcomes;
    // New outcomes after a finished file mean that it is being put together anew.
    history_.is_finished = false;
    if (history_.building) history_.building->has_outcomes_since = true;
  }
  void on_error_text(ErrorId error, const Failure& failure) {
    history_.errors.push_back(failure);
    history_.last.set_error(error, static_cast<ErrorId>(history_.errors.size()));
  }
  void on_columns(std::string_view line) { history_.columns = line; }
  /// Where the record that the file was begun with is not there, nothing is known of its bytes.
  void on_building(const BuildingStart& start) {
    auto& building = history_.building;
    const bool is_known = building && building->layout == start.layout && building->leases.front() == start.first_lease;
    if (start.lease == start.first_lease || !is_known) building = History::Building{start.layout, {}, {}, false};
    building->leases.emplace_back(start.lease);
  }
  void on_written(ByteRange range) {
    if (history_.building) history_.building->written.add(range);
  }
  void on_finishing(std::uint64_t length_bytes, std::uint64_t layout, std::uint64_t end_bytes) {
    history_.finishing = History::Finishing{length_bytes, layout, {segment_, end_bytes}, {}};
  }
  void on_named(const FileStamp& stamp) {
    if (history_.finishing) history_.finishing->named = stamp;
  }
  void on_finished() { history_.is_finished = true; }
  void on_loss(MiniBatchIndex mini_batch) {
    if (mini_batch.value < history_.last.mini_batches()) ++history_.loss_marks[mini_batch];
  }
  void on_retry_failed(std::optional<std::uint32_t> run_max_try) {
    history_.last_retry_start = start_;
    if (forget_failed(history_, run_max_try)) history_.is_finished = false;
  }

  History& history_;
  std::uint64_t fingerprint_;
  std::uint32_t segment_;
  bool is_foreign_ = false;
  std::uint32_t start_ = 0;
};

std::uint32_t count_segments(const std::function<std::string(std::uint32_t)>& segment_path) {
  std::uint32_t segments = 0;
  while (std::filesystem::exists(segment_path(segments + 1))) ++segments;
  return segments;
}

/// As a limit for what is read it keeps a look at a header cheap.
std::uint64_t longest_header_bytes(std::uint32_t segments) {
  return 64 + 8 * std::uint64_t{segments} + 64;
}

/// The ends of earlier segments as the latest header has them. Part numbers are taken, whatever plan they were taken
/// for.
std::vector<std::uint64_t> ends_of_earlier(const std::function<std::string(std::uint32_t)>& segment_path,
                                           std::uint32_t segments, std::uint64_t plan_fingerprint, History& history) {
  std::vector<std::uint64_t> ends(segments, std::numeric_limits<std::uint64_t>::max());
  for (std::uint32_t segment = 1; segment <= segments; ++segment) {
    LedgerEvents only_header;
    only_header.header = [&](const SegmentHeader& header) {
      history.next_part = std::max(history.next_part, header.first_part);
      if (!header.is_of_plan(plan_fingerprint, history.last.mini_batches())) return;
      for (std::size_t i = 0; i < header.earlier_segment_bytes.size() && i + 1 < segment; ++i)
        ends[i] = std::min(ends[i], header.earlier_segment_bytes[i]);
    };
    read_segment(segment_path(segment), longest_header_bytes(segments), only_header);
  }
  return ends;
}

}  // namespace

std::optional<std::uint64_t> latest_plan(const std::function<std::string(std::uint32_t)>& segment_path) {
  std::optional<std::uint64_t> fingerprint;
  LedgerEvents only_header;
  only_header.header = [&](const SegmentHeader& header) { fingerprint = header.plan_fingerprint; };
  if (const std::uint32_t segments = count_segments(segment_path); segments > 0)
    read_segment(segment_path(segments), longest_header_bytes(segments), only_header);
  return fingerprint;
}

History read_history(const std::function<std::string(std::uint32_t)>& segment_path, std::uint64_t plan_fingerprint,
                     std::uint64_t mini_batches, std::optional<LedgerPlace> until, const History* below) {
  History history;
  if (below)
    history = *below;
  else
    history.last = LastOutcomes(mini_batches);
  std::uint32_t segments = count_segments(segment_path);
  std::vector<std::uint64_t> ends = ends_of_earlier(segment_path, segments, plan_fingerprint, history);
  if (until && until->segment <= segments) {
    segments = until->segment;
    ends[segments - 1] = std::min(ends[segments - 1], until->end_bytes);
  }
  for (std::uint32_t segment = 1; segment <= segments; ++segment) {
    SegmentReplay replay(history, plan_fingerprint, segment);
    const std::string path = segment_path(segment);
    history.last.begin_segment(path);
    const SegmentEnd end = read_segment(path, ends[segment - 1], replay.events());
    history.last.end_segment(replay.is_foreign() ? 0 : end.valid_bytes);
    history.idle_starts = end.has_progress && !replay.is_foreign() ? 0 : history.idle_starts + 1;
    history.segment_bytes.push_back(end.valid_bytes);
    if (!end.problem.empty()) history.problems.push_back(path + ": " + end.problem);
    if (replay.is_foreign()) history.problems.push_back(path + ": is of another plan");
  }
  return history;
}

void append_slice(History& all, const History& slice, std::uint64_t begin, std::uint64_t end,
                  std::uint32_t parts_before) {
  const auto errors_before = static_cast<ErrorId>(all.errors.size());
  all.last.append(slice.last, begin, end, {errors_before, parts_before});
  all.errors.insert(all.errors.end(), slice.errors.begin(), slice.errors.end());
  for (const auto& [error, count] : slice.error_counts) all.error_counts[error + errors_before] += count;
  if (all.columns.empty()) all.columns = slice.columns;
  all.problems.insert(all.problems.end(), slice.problems.begin(), slice.problems.end());
  all.outcomes += slice.outcomes;
}

bool forget_failed(History& history, std::optional<std::uint32_t> run_max_try) {
  // In a finished run all that failed was given up, whatever run_max_try was then.
  if (history.is_finished) run_max_try.reset();
  std::erase_if(history.loss_marks,
                [&](const auto& marks) { return history.last.has_failed(marks.first, run_max_try); });
  return history.last.forget_failed(run_max_try);
}

void Totals::add(const Outcome& last, std::uint32_t run_max_try) {
  tally += tally_of(last, run_max_try);
  if (last.is_done()) rows += last.rows;
  if (!is_short_return(last)) return;
  ++short_mini_batches;
  short_items += last.items - last.succeeded;
}

}  // namespace prs
