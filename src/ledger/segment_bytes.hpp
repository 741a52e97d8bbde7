#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/format.hpp"
#include "ledger/ledger.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// One segment's records, at a place or one behind the other; only the block that is being looked at is in memory.
/// Under the ledger's readers only. What is wrong with the bytes comes back as text; throws InfrastructureError where
/// the file cannot be read.
class SegmentBytes {
 public:
  /// Reads up to that byte of the file; UINT64_MAX: all.
  SegmentBytes(const std::string& path, std::uint64_t limit_bytes);

  /// Goes to the first record. Empty: the segment is one of ours.
  std::string read_preamble();
  struct Record {
    ledger_format::RecordType type{};
    std::string_view payload;  ///< stands until the next call
    std::string problem;       ///< why there is no whole record here; empty: there is
  };
  /// The record at position(), checked.
  Record record();
  /// Behind that record.
  void advance(const Record& record);
  /// To the record that begins there.
  void seek(std::uint64_t position);

  /// The segment's own number, after read_preamble(); 0: it has none.
  std::uint64_t nonce() const { return nonce_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t end() const { return end_; }

 private:
  const char* peek(std::size_t size);
  bool fill(std::size_t size);
  bool is_checksum_right(const char* frame, std::size_t size);

  std::string path_;
  UniqueFd fd_;
  std::uint64_t end_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t nonce_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;       ///< of `position_` in the buffer
  std::size_t block_bytes_;  ///< to be read at once
  std::string checked_;      ///< the nonce, the record's place, then what its checksum covers
};

/// An outcome's payload; false where it is none that this version writes.
bool read_outcome(std::string_view payload, Outcome& outcome, ErrorId& error);

}  // namespace prs
