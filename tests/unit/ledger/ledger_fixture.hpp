#pragma once

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/format.hpp"
#include "ledger/ledger.hpp"
#include "support/checksum.hpp"
#include "support/little_endian.hpp"
#include "support/temporary_folder.hpp"

namespace prs {

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);  // some file systems sync a file that is emptied and written again
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A record as some program wrote it, at the end of a segment's bytes.
inline void append_record(std::string& segment, std::uint64_t nonce, ledger_format::RecordType type,
                          std::string_view payload) {
  std::string checked;
  append_little_endian<8>(checked, nonce);
  append_little_endian<8>(checked, segment.size());
  append_little_endian<1>(checked, static_cast<std::uint8_t>(type));
  append_little_endian<3>(checked, payload.size());
  checked += payload;
  append_little_endian<4>(segment, static_cast<std::uint32_t>(checksum_of(checked)));
  segment.append(checked, ledger_format::seed_bytes);
}

/// What a reader reported, each record as one text, so that histories compare as lists.
struct ReadBack {
  SegmentEnd end;
  SegmentHeader header;
  std::vector<std::string> records;
};

inline std::string text_of(const Outcome& outcome, ErrorId error) {
  std::string text = "outcome";
  for (const std::uint64_t value :
       {outcome.mini_batch.value, std::uint64_t{outcome.dequeue_count}, static_cast<std::uint64_t>(outcome.status),
        std::uint64_t{outcome.items}, std::uint64_t{outcome.succeeded}, outcome.rows,
        std::uint64_t{outcome.stretch.part}, outcome.stretch.offset_bytes, outcome.stretch.length_bytes,
        outcome.stretch.checksum, std::uint64_t{error}})
    text += " " + std::to_string(value);
  return text;
}
inline std::string text_of(ErrorId error, const Failure& failure) {
  return "error " + std::to_string(error) + "|" + failure.category + "|" + failure.message + "|" + failure.detail;
}
inline std::string text_of(const BuildingStart& start) {
  return "building " + std::to_string(start.layout) + "|" + std::string(start.lease) + "|" +
         std::string(start.first_lease);
}
inline std::string text_of(ByteRange range) {
  return "written " + std::to_string(range.begin) + " " + std::to_string(range.end);
}
inline std::string text_of(const FileStamp& stamp) {
  return "named " + std::to_string(stamp.length_bytes) + " " + std::to_string(stamp.inode) + " " +
         std::to_string(stamp.modified_nanoseconds) + " " + std::to_string(stamp.changed_nanoseconds);
}

inline ReadBack read_back(const std::string& path, std::uint64_t limit_bytes = UINT64_MAX) {
  ReadBack found;
  LedgerEvents events;
  auto& records = found.records;
  events.header = [&](const SegmentHeader& header) { found.header = header; };
  events.outcome = [&](const Outcome& outcome, ErrorId error, std::uint64_t) {
    records.push_back(text_of(outcome, error));
  };
  events.error_text = [&](ErrorId error, const Failure& failure) { records.push_back(text_of(error, failure)); };
  events.columns = [&](std::string_view line) { records.push_back("columns " + std::string(line)); };
  events.finishing = [&](std::uint64_t length, std::uint64_t layout, std::uint64_t) {
    records.push_back("finishing " + std::to_string(length) + " " + std::to_string(layout));
  };
  events.finished = [&] { records.push_back("finished"); };
  events.loss = [&](MiniBatchIndex mini_batch) { records.push_back("loss " + std::to_string(mini_batch.value)); };
  events.retry_failed = [&](std::optional<std::uint32_t> run_max_try) {
    records.push_back("retry failed " + (run_max_try ? std::to_string(*run_max_try) : "all"));
  };
  events.building = [&](const BuildingStart& start) { records.push_back(text_of(start)); };
  events.written = [&](ByteRange range) { records.push_back(text_of(range)); };
  events.named = [&](const FileStamp& stamp) { records.push_back(text_of(stamp)); };
  found.end = read_segment(path, limit_bytes, events);
  return found;
}

inline const SegmentHeader example_header{2, 0x1122334455667788, 3, 7, {4096}};
inline constexpr std::uint64_t example_nonce = 0x0102030405060708;

/// The worked example of src/ledger/FORMAT.md.
inline std::vector<std::string> write_example(const std::string& path) {
  const Failure failure{"ValueError", "bad digit", "line 3"};
  const Outcome failed{{2}, 1, TryStatus::run_exception, 5, 0, 0, {}};
  const Outcome done{{0}, 1, TryStatus::run_done, 5, 5, 5, {7, 16, 40, 0x8877665544332211}};
  const BuildingStart building{0x99AABBCCDDEEFF00, "4-ab", "3-cd"};
  const FileStamp stamp{0, 9, 40, 1'600'000'000'000'000'000, 1'600'000'000'000'000'001};
  IoThread io;
  LedgerWriter writer(io, path, example_header, example_nonce);
  writer.error_text(1, failure);
  writer.outcome(failed, 1);
  writer.outcome(done, 0);
  writer.building(building);
  writer.written({0, 40});
  writer.finishing(40, building.layout);
  writer.named(stamp);
  writer.finished();
  writer.submit();
  io.finish();
  return {text_of(1, failure),
          text_of(failed, 1),
          text_of(done, 0),
          text_of(building),
          text_of(ByteRange{0, 40}),
          "finishing 40 " + std::to_string(building.layout),
          text_of(stamp),
          "finished"};
}

inline Outcome random_outcome(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  Outcome outcome;
  outcome.mini_batch = {random()};
  outcome.dequeue_count = static_cast<std::uint32_t>(random());
  outcome.status = static_cast<TryStatus>(below(try_status_count));
  outcome.items = static_cast<std::uint32_t>(random());
  outcome.succeeded = static_cast<std::uint32_t>(random());
  outcome.rows = below(std::uint64_t{1} << 48);
  outcome.stretch = {static_cast<std::uint32_t>(random()), below(std::uint64_t{1} << 48), below(std::uint64_t{1} << 48),
                     random()};
  return outcome;
}

}  // namespace prs
