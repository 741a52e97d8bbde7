#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The constants of a ledger segment. The page is src/ledger/FORMAT.md, the writer ledger_writer.cpp, the reader
/// ledger_reader.cpp: the four change together, and with them `version`.
namespace prs::ledger_format {

inline constexpr std::string_view magic = "PRSLEDGR";
inline constexpr std::uint32_t version = 3;
/// Segments of earlier starts may be as old. Version 2 had no records behind retry_failed.
inline constexpr std::uint32_t oldest_version = 2;

/// Magic, version u32, nonce u64.
inline constexpr std::size_t version_at = 8;
inline constexpr std::size_t nonce_at = 12;
inline constexpr std::size_t preamble_bytes = 20;

/// 0 is no type, so that a stretch of zeros (what some file systems leave after a power cut) is no record.
enum class RecordType : std::uint8_t {
  header = 1,
  outcome,
  error_text,
  columns,
  finishing,
  finished,
  loss,
  retry_failed,
  building,
  written,
  named,
};

/// Before each payload: checksum u32, type u8, payload size u24.
inline constexpr std::size_t type_at = 4;
inline constexpr std::size_t size_at = 5;
inline constexpr std::size_t frame_bytes = 8;
inline constexpr std::size_t largest_payload_bytes = (1 << 24) - 1;

/// What the checksum sees before type, size and payload: the segment's nonce u64 and the record's place in the file
/// u64.
inline constexpr std::size_t seed_bytes = 16;

/// header: these, then the end of each earlier segment, u64 each.
namespace header {
inline constexpr std::size_t start_at = 0;             // u32
inline constexpr std::size_t first_part_at = 4;        // u32
inline constexpr std::size_t plan_fingerprint_at = 8;  // u64
inline constexpr std::size_t mini_batches_at = 16;     // u64
inline constexpr std::size_t fixed_bytes = 24;
}  // namespace header

namespace outcome {
inline constexpr std::size_t mini_batch_at = 0;         // u64
inline constexpr std::size_t dequeue_count_at = 8;      // u32
inline constexpr std::size_t items_at = 12;             // u32
inline constexpr std::size_t succeeded_at = 16;         // u32
inline constexpr std::size_t part_at = 20;              // u32
inline constexpr std::size_t error_at = 24;             // u32
inline constexpr std::size_t status_at = 28;            // u8, a TryStatus
inline constexpr std::size_t zero_at = 29;              // u8, 0
inline constexpr std::size_t rows_at = 30;              // u48
inline constexpr std::size_t offset_at = 36;            // u48
inline constexpr std::size_t length_at = 42;            // u48
inline constexpr std::size_t stretch_checksum_at = 48;  // u64
inline constexpr std::size_t bytes = 56;
static_assert(frame_bytes + bytes <= 64, "an outcome takes at most 64 bytes");
}  // namespace outcome

inline constexpr std::uint64_t largest_u48 = (std::uint64_t{1} << 48) - 1;

/// error text: these, then category, message and detail.
namespace error_text {
inline constexpr std::size_t error_at = 0;          // u32
inline constexpr std::size_t category_size_at = 4;  // u16
inline constexpr std::size_t message_size_at = 6;   // u16
inline constexpr std::size_t fixed_bytes = 8;
inline constexpr std::size_t longest_category_bytes = 256;
inline constexpr std::size_t longest_message_bytes = 4096;
inline constexpr std::size_t longest_detail_bytes = 16384;
}  // namespace error_text

namespace finishing {
inline constexpr std::size_t length_at = 0;  // u64
inline constexpr std::size_t layout_at = 8;  // u64
inline constexpr std::size_t bytes = 16;
}  // namespace finishing

/// loss: a mini-batch.
namespace loss {
inline constexpr std::size_t mini_batch_at = 0;  // u64
inline constexpr std::size_t bytes = 8;
}  // namespace loss

/// retry failed: given up with so many tries. Nothing where an older program wrote it.
namespace retry_failed {
inline constexpr std::size_t run_max_try_at = 0;  // u32
inline constexpr std::size_t bytes = 4;
}  // namespace retry_failed

/// building: these, then the name of the lease and that of the first lease.
namespace building {
inline constexpr std::size_t layout_at = 0;      // u64
inline constexpr std::size_t lease_size_at = 8;  // u16
inline constexpr std::size_t fixed_bytes = 10;
}  // namespace building

namespace written {
inline constexpr std::size_t begin_at = 0;  // u64
inline constexpr std::size_t end_at = 8;    // u64
inline constexpr std::size_t bytes = 16;
}  // namespace written

namespace named {
inline constexpr std::size_t length_at = 0;     // u64
inline constexpr std::size_t inode_at = 8;      // u64
inline constexpr std::size_t modified_at = 16;  // i64
inline constexpr std::size_t changed_at = 24;   // i64
inline constexpr std::size_t bytes = 32;
}  // namespace named

}  // namespace prs::ledger_format
