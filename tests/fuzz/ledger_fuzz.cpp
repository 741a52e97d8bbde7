// The ledger's reader. An input is one segment or several, each from one magic to the next. Each input is read as it
// is, and once more with the checksums put right, so that the fuzzer gets behind them.
#include <algorithm>
#include <map>
#include <vector>

#include "fuzz_folder.hpp"
#include "fuzz_target.hpp"
#include "ledger/format.hpp"
#include "ledger/history.hpp"
#include "ledger/ledger.hpp"
#include "support/checksum.hpp"
#include "support/little_endian.hpp"

namespace prs::fuzz {
namespace {

namespace format = ledger_format;

constexpr std::size_t most_segments = 4;
constexpr std::uint64_t most_mini_batches = 64;

std::vector<std::string> segments_of(std::string_view bytes) {
  std::vector<std::string> segments;
  while (!bytes.empty() && segments.size() < most_segments) {
    const std::size_t end = std::min(bytes.find(format::magic, 1), bytes.size());
    segments.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
  return segments;
}

/// The segment with the checksum of each whole record as it must be.
std::string with_right_checksums(std::string segment) {
  if (segment.size() < format::preamble_bytes) return segment;
  put_little_endian<4>(segment.data() + format::version_at, format::version);
  const std::string nonce = segment.substr(format::nonce_at, 8);
  for (std::size_t at = format::preamble_bytes; segment.size() - at >= format::frame_bytes;) {
    const std::size_t size = get_little_endian<3>(segment.data() + at + format::size_at);
    if (segment.size() - at - format::frame_bytes < size) break;
    std::string checked = nonce;
    append_little_endian<8>(checked, at);
    checked.append(segment, at + format::type_at, format::frame_bytes - format::type_at + size);
    put_little_endian<4>(segment.data() + at, checksum_of(checked) & 0xffffffff);
    at += format::frame_bytes + size;
  }
  return segment;
}

/// What the reader said of one segment.
struct Read {
  SegmentEnd end;
  SegmentHeader header;
  std::size_t headers = 0;
  std::vector<Outcome> outcomes;
  std::uint64_t others = 0;  ///< records of other kinds, and the bytes of their texts
};

Read read(const std::string& path, std::uint64_t limit_bytes) {
  Read found;
  LedgerEvents events;
  events.header = [&](const SegmentHeader& header) {
    found.header = header;
    ++found.headers;
  };
  events.outcome = [&](const Outcome& outcome, ErrorId, std::uint64_t) { found.outcomes.push_back(outcome); };
  events.error_text = [&](ErrorId, const Failure& failure) {
    found.others += 1 + failure.category.size() + failure.message.size() + failure.detail.size();
  };
  events.columns = [&](std::string_view line) { found.others += 1 + line.size(); };
  events.finishing = [&](std::uint64_t, std::uint64_t, std::uint64_t) { ++found.others; };
  events.finished = [&] { ++found.others; };
  events.loss = [&](MiniBatchIndex) { ++found.others; };
  events.retry_failed = [&](std::optional<std::uint32_t>) { ++found.others; };
  events.building = [&](const BuildingStart& start) {
    found.others += 1 + start.lease.size() + start.first_lease.size();
  };
  events.written = [&](ByteRange range) { found.others += 1 + (range.end - range.begin); };
  events.named = [&](const FileStamp& stamp) { found.others += 1 + stamp.length_bytes; };
  found.end = read_segment(path, limit_bytes, events);
  return found;
}

/// What the reader calls valid reads the same by itself, and without a problem.
Read check_segment(const std::string& path, std::uint64_t file_bytes) {
  const Read all = read(path, UINT64_MAX);
  require(all.end.file_bytes == file_bytes, "the size of the file is told");
  require(all.end.valid_bytes <= file_bytes, "what is valid lies in the file");
  require(all.end.has_header == (all.headers == 1) && all.headers <= 1, "there is one header or none");
  require(all.end.has_header || (all.outcomes.empty() && all.others == 0), "without a header nothing is reported");
  require(all.end.problem.empty() == (all.end.valid_bytes == file_bytes && file_bytes > 0),
          "what is not valid is a problem");
  for (const Outcome& outcome : all.outcomes)
    require(static_cast<std::size_t>(outcome.status) < try_status_count, "a status is one of ours");
  if (!all.end.has_header) return all;
  const Read valid = read(path, all.end.valid_bytes);
  require(valid.end.problem.empty() && valid.end.valid_bytes == all.end.valid_bytes, "the valid part is whole");
  require(valid.header == all.header && valid.outcomes == all.outcomes && valid.others == all.others,
          "the valid part says the same");
  return all;
}

/// However last outcomes are asked for, they are the same, and each mini-batch has one at most.
void check_last_outcomes(const History& history) {
  std::map<std::uint64_t, LastOutcome> found;
  history.last.for_each([&](const LastOutcome& last) {
    require(found.emplace(last.outcome.mini_batch.value, last).second, "a mini-batch has one last outcome");
    require(last.error <= history.errors.size(), "an error has its text");
    require(last.error == 0 || history.error_counts.contains(last.error), "an error is counted");
  });
  const std::vector<LastOutcome> all = history.last.of_range(0, history.last.mini_batches());
  for (std::uint64_t i = 0; i < all.size(); ++i) {
    require(history.last.has({i}) == found.contains(i), "what has an outcome is known");
    if (found.contains(i))
      require(all[i].outcome == found.at(i).outcome && all[i].error == found.at(i).error, "both ways say the same");
  }
}

void check_history(const History& history, std::size_t segments, std::uint64_t mini_batches,
                   const std::vector<std::uint64_t>& file_bytes) {
  require(history.last.mini_batches() == mini_batches && history.starts() == segments,
          "there is room for all of the plan");
  for (std::size_t i = 0; i < segments; ++i)
    require(history.segment_bytes[i] <= file_bytes[i], "what is valid of a segment lies in its file");
  for (const auto& [error, count] : history.error_counts)
    require(error >= 1 && error <= history.errors.size() && count <= history.outcomes, "only what is there is counted");
  check_last_outcomes(history);
  require(!history.building || !history.building->leases.empty(), "a building file has a name");
  require(!history.finishing || history.finishing->place.segment <= segments, "the output was finished in a segment");
}

void check(const std::vector<std::string>& segments) {
  static const FuzzFolder folder;
  const auto path_of = [](std::uint32_t segment) { return folder.file(std::to_string(segment) + ".ledger"); };
  std::uint64_t mini_batches = 3, fingerprint = 0;
  std::vector<std::uint64_t> file_bytes;
  for (const std::string& segment : segments) {
    folder.write(std::to_string(file_bytes.size() + 1) + ".ledger", segment);
    file_bytes.push_back(segment.size());
    const Read found = check_segment(path_of(static_cast<std::uint32_t>(file_bytes.size())), segment.size());
    if (file_bytes.size() > 1) continue;
    mini_batches = std::min(found.header.mini_batches, most_mini_batches);
    fingerprint = found.header.plan_fingerprint;
  }
  // Where the first segment is of this plan, and where none is.
  const History history = read_history(path_of, fingerprint, mini_batches);
  check_history(history, segments.size(), mini_batches, file_bytes);
  if (history.finishing)
    check_last_outcomes(read_history(path_of, fingerprint, mini_batches, history.finishing->place));
  const History foreign = read_history(path_of, fingerprint + 1, mini_batches);
  check_history(foreign, segments.size(), mini_batches, file_bytes);
  if (segments.size() == 1)
    require(foreign.outcomes == 0 && foreign.errors.empty() && foreign.columns.empty() && !foreign.finishing &&
                !foreign.is_finished && !foreign.building,
            "nothing of a segment of another plan is taken");
  for (std::uint32_t segment = 1; segment <= segments.size(); ++segment) std::filesystem::remove(path_of(segment));
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace prs::fuzz;
  std::vector<std::string> segments = segments_of(text_of(data, size));
  check(segments);
  for (std::string& segment : segments) segment = with_right_checksums(std::move(segment));
  check(segments);
  return 0;
}
