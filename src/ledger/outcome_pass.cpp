#include "ledger/outcome_pass.hpp"

#include <map>

namespace prs {

void read_outcomes(
    const std::function<std::string(std::uint32_t)>& segment_path, const std::vector<std::uint64_t>& segment_bytes,
    std::uint64_t plan_fingerprint, std::uint64_t mini_batches,
    const std::function<void(const SegmentHeader&, const Outcome&, const Failure* failure)>& on_outcome) {
  for (std::uint32_t segment = 1; segment <= segment_bytes.size(); ++segment) {
    SegmentHeader header;
    std::map<ErrorId, Failure> failures;  // numbers are the segment's own
    LedgerEvents events;
    events.header = [&](const SegmentHeader& found) { header = found; };
    events.error_text = [&](ErrorId error, const Failure& failure) { failures[error] = failure; };
    events.outcome = [&](const Outcome& outcome, ErrorId error, std::uint64_t) {
      if (!header.is_of_plan(plan_fingerprint, mini_batches) || outcome.mini_batch.value >= mini_batches) return;
      const auto failure = failures.find(error);
      on_outcome(header, outcome, failure == failures.end() ? nullptr : &failure->second);
    };
    read_segment(segment_path(segment), segment_bytes[segment - 1], events);
  }
}

}  // namespace prs
