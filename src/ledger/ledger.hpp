#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/byte_ranges.hpp"
#include "model/outcome.hpp"
#include "support/file_stamp.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// What the header of a segment says.
struct SegmentHeader {
  std::uint32_t start = 0;  ///< number of this start of the run, 1 …
  std::uint64_t plan_fingerprint = 0;
  std::uint64_t mini_batches = 0;
  std::uint32_t first_part = 0;  ///< the first part number of this start
  std::vector<std::uint64_t>
      earlier_segment_bytes;  ///< where each earlier segment ends: bytes behind that are nobody's
  bool operator==(const SegmentHeader&) const = default;
  /// Else nothing of the segment is this run's.
  bool is_of_plan(std::uint64_t fingerprint, std::uint64_t count) const {
    return plan_fingerprint == fingerprint && mini_batches == count;
  }
};

/// Error texts are kept once per kind; outcomes name them by number.
using ErrorId = std::uint32_t;  ///< 0: none

/// The output file is put together in a file that has the name of this lease from now on.
struct BuildingStart {
  std::uint64_t layout = 0;  ///< which rows stand where in it
  std::string_view lease;
  std::string_view first_lease;  ///< under whose name the file was begun; the same as `lease`: it is new, and empty
};

/// Writes one segment of the ledger: append-only, checksummed records (docs: src/ledger/FORMAT.md). Rank 0's. Records
/// gather until submit(); an outcome takes at most 64 bytes.
class LedgerWriter {
 public:
  /// Makes the segment (O_EXCL) and hands its header to the I/O thread. Throws InfrastructureError.
  LedgerWriter(IoThread& io, const std::string& path, const SegmentHeader& header);
  /// With a nonce of the caller's, where the bytes must be the same each time.
  LedgerWriter(IoThread& io, const std::string& path, const SegmentHeader& header, std::uint64_t nonce);
  void outcome(const Outcome& outcome, ErrorId error);
  /// The text of an error number, written once, before its first use. Very long texts are kept with their middle cut
  /// out.
  void error_text(ErrorId error, const Failure& failure);
  /// The columns that the first DataFrame settled (rule 5.2), below 16 MiB: ColumnSettlement sees to that.
  void columns(std::string_view header_line);
  /// Before any byte of the output file is written: which file that is.
  void building(const BuildingStart& start);
  /// These bytes of it are written, checked and synced.
  void written(ByteRange range);
  /// Before it gets its name: what it holds.
  void finishing(std::uint64_t length_bytes, std::uint64_t layout);
  /// It has its name.
  void named(const FileStamp& stamp);
  /// All is over, the reports too.
  void finished();
  /// A rank that was lost held the mini-batch (rule 7.4).
  void loss(MiniBatchIndex mini_batch);
  /// What was given up before this record, with so many tries, counts as never tried (--retry-failed).
  void retry_failed(std::uint32_t run_max_try);
  /// Hands what is gathered to the I/O thread; the ticket of the last record.
  std::uint64_t submit();
  std::uint64_t gathered_bytes() const { return gathered_.size(); }

 private:
  void add(std::uint8_t type, std::string_view payload);

  IoThread& io_;
  IoThread::FileId file_;
  std::string gathered_;
  std::uint64_t ticket_ = 0;
  std::uint64_t nonce_;             ///< tells this segment's records from those of any other
  std::uint64_t offset_bytes_ = 0;  ///< where the next record begins in the file
  std::string checked_;             ///< what a record's checksum is taken of
};

/// What the reader found, in order of the records.
struct LedgerEvents {
  std::function<void(const SegmentHeader&)> header = {};
  /// `at_bytes`: where its record begins in the segment.
  std::function<void(const Outcome&, ErrorId, std::uint64_t at_bytes)> outcome = {};
  std::function<void(ErrorId, const Failure&)> error_text = {};
  std::function<void(std::string_view)> columns = {};
  /// `end_bytes`: where its record ends in the segment.
  std::function<void(std::uint64_t length_bytes, std::uint64_t layout, std::uint64_t end_bytes)> finishing = {};
  std::function<void()> finished = {};
  std::function<void(MiniBatchIndex)> loss = {};
  /// Without a number of tries, as older programs wrote it: whatever had failed.
  std::function<void(std::optional<std::uint32_t> run_max_try)> retry_failed = {};
  std::function<void(const BuildingStart&)> building = {};
  std::function<void(ByteRange)> written = {};
  /// The device is not in the ledger: it is 0.
  std::function<void(const FileStamp&)> named = {};
};

/// How far a segment could be read.
struct SegmentEnd {
  bool has_header = false;    ///< false: the file is too short or foreign, nothing was reported
  std::uint64_t nonce = 0;    ///< tells the segment from every other one, whatever its name; 0: the file is too short
  bool has_progress = false;  ///< the start has something to show (rule 7.4): see is_progress() in ledger_reader.cpp
  std::uint64_t valid_bytes = 0;  ///< up to the end of the last whole record
  std::uint64_t file_bytes = 0;   ///< of the file, up to the limit; more than valid_bytes: a torn tail
  std::string problem;            ///< why it stopped before the end; empty when it did not
};

/// Reads one segment up to `limit_bytes` (UINT64_MAX: all) or to the first record that is not whole, and reports, never
/// throws on bad bytes. Throws InfrastructureError when the file cannot be read.
SegmentEnd read_segment(const std::string& path, std::uint64_t limit_bytes, const LedgerEvents& events);

}  // namespace prs
