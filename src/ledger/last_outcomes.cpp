#include "ledger/last_outcomes.hpp"

#include <algorithm>
#include <numeric>

#include "ledger/segment_bytes.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

InfrastructureError changed(const std::string& path) {
  return InfrastructureError(path + ": the ledger is not any more what it was a moment ago: is the disk broken?");
}

}  // namespace

ErrorId LastOutcomes::Segment::number_of(ErrorId own, std::uint64_t place) const {
  const auto found = errors.find(own);
  return found == errors.end() || place <= found->second.behind ? 0 : found->second.number;
}

void LastOutcomes::set_error(ErrorId own, ErrorId number) {
  segments_.back().errors.try_emplace(own, Segment::Error{number, latest_place_});
}

void LastOutcomes::begin_segment(const std::string& path) {
  segments_.push_back({path, segments_.empty() ? 0 : segments_.back().end(), 0, {}, 0});
}

ErrorId LastOutcomes::set(const Outcome& outcome, ErrorId own_error, std::uint64_t at_bytes) {
  latest_place_ = segments_.back().begin + at_bytes;
  places_[outcome.mini_batch.value] = word_of(outcome, latest_place_);
  return segments_.back().number_of(own_error, latest_place_);
}

std::uint64_t LastOutcomes::word_of(const Outcome& outcome, std::uint64_t place) {
  PRS_INVARIANT(place <= place_mask);
  if (outcome.dequeue_count == 0) return 0;
  if (outcome.is_done()) return place;
  const std::uint64_t tries = std::min<std::uint64_t>(outcome.dequeue_count, most_tries);
  return place | tries << tries_shift | (outcome.status == TryStatus::worker_lost ? lost_bit : 0) | failed_bit;
}

bool LastOutcomes::has_failed(MiniBatchIndex mini_batch, std::optional<std::uint32_t> run_max_try) const {
  const std::uint64_t word = places_[mini_batch.value];
  if ((word & failed_bit) == 0) return false;
  const std::uint64_t tries = (word >> tries_shift) & most_tries;
  return !run_max_try || (word & lost_bit) != 0 || tries >= std::min<std::uint64_t>(*run_max_try, most_tries);
}

void LastOutcomes::append(const LastOutcomes& other, std::uint64_t begin, std::uint64_t end, Shift shift) {
  const std::uint64_t behind = segments_.empty() ? 0 : segments_.back().end();
  for (Segment segment : other.segments_) {
    segment.begin += behind;
    segment.parts_before += shift.parts;
    for (auto& [own, error] : segment.errors) {
      error.number += shift.errors;
      error.behind += behind;
    }
    PRS_INVARIANT(segment.end() <= place_mask);
    segments_.push_back(std::move(segment));
  }
  for (std::uint64_t i = begin; i < end; ++i)
    if (other.has({i})) places_[i] = other.places_[i] + behind;
  latest_place_ = behind + other.latest_place_;
}

bool LastOutcomes::forget_failed(std::optional<std::uint32_t> run_max_try) {
  bool has_any = false;
  for (std::uint64_t i = 0; i < places_.size(); ++i) {
    if (!has_failed({i}, run_max_try)) continue;
    places_[i] = 0;
    has_any = true;
  }
  return has_any;
}

void LastOutcomes::for_each(const std::function<void(const LastOutcome&)>& take) const {
  LastOutcome last;
  for (const Segment& segment : segments_) {
    if (segment.valid_bytes == 0) continue;  // of another plan, or no ledger at all
    LedgerEvents events;
    events.outcome = [&](const Outcome& outcome, ErrorId error, std::uint64_t at_bytes) {
      if (outcome.mini_batch.value >= places_.size() || place_of(outcome.mini_batch) != segment.begin + at_bytes)
        return;
      last.outcome = outcome;
      segment.place_rows(last.outcome);
      last.error = segment.number_of(error, segment.begin + at_bytes);
      take(last);
    };
    if (!read_segment(segment.path, segment.valid_bytes, events).problem.empty()) throw changed(segment.path);
  }
}

std::vector<LastOutcome> LastOutcomes::of(std::span<const MiniBatchIndex> mini_batches) const {
  struct Wanted {
    std::uint64_t place;
    std::size_t number;
  };
  std::vector<Wanted> wanted;
  wanted.reserve(mini_batches.size());
  for (std::size_t i = 0; i < mini_batches.size(); ++i)
    if (has(mini_batches[i])) wanted.push_back({place_of(mini_batches[i]), i});
  std::ranges::sort(wanted, {}, &Wanted::place);

  std::vector<LastOutcome> found(mini_batches.size());
  auto next = wanted.begin();
  for (const Segment& segment : segments_) {
    if (next == wanted.end() || next->place >= segment.end()) continue;
    SegmentBytes bytes(segment.path, segment.valid_bytes);
    if (!bytes.read_preamble().empty()) throw changed(segment.path);
    for (; next != wanted.end() && next->place < segment.end(); ++next) {
      LastOutcome& last = found[next->number];
      bytes.seek(next->place - segment.begin);
      const SegmentBytes::Record record = bytes.record();
      if (!record.problem.empty() || record.type != ledger_format::RecordType::outcome ||
          !read_outcome(record.payload, last.outcome, last.error) ||
          last.outcome.mini_batch != mini_batches[next->number])
        throw changed(segment.path);
      segment.place_rows(last.outcome);
      last.error = segment.number_of(last.error, next->place);
    }
  }
  return found;
}

std::vector<LastOutcome> LastOutcomes::of_range(std::uint64_t begin, std::uint64_t end) const {
  std::vector<MiniBatchIndex> mini_batches;
  mini_batches.reserve(end - begin);
  for (std::uint64_t i = begin; i < end; ++i) mini_batches.push_back({i});
  return of(mini_batches);
}

std::vector<Stretch> LastOutcomes::rows_of_range(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Stretch> rows;
  rows.reserve(end - begin);
  for (const LastOutcome& last : of_range(begin, end))
    rows.push_back(last.outcome.dequeue_count > 0 && last.outcome.is_done() ? last.outcome.stretch : Stretch{});
  return rows;
}

}  // namespace prs
