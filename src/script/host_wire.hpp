#pragma once

#include <cstddef>
#include <cstdint>

namespace prs {

// What a worker and its script host say to each other. The other side is python/prs_wire.py, which has the same
// numbers: tests/python/test_wire.py compares them.
//
// Frames, both ways, over a Unix stream socket that the host connects to (support/framed_socket.hpp); their numbers are
// 0. All is little-endian.
//
//   worker ──▶ host                                     host ──▶ worker
//   setup     JSON; the shared memory comes with it     ready
//   tasks     count (u32), then per task a TaskHeader   init_failed    category NUL message NUL traceback
//             and its NUL-terminated texts              notify         look into the ring
//   table     one task: a TaskHeader, a TableHeader,    shutdown_done  text of a failed shutdown(), or nothing
//             its pieces; its records come with it      host_failed    the same three texts, of a bug of the host's own
//   rows      one task: a TaskHeader, a TableHeader,    interrupted    … of an exception that the user's code let loose
//             its pieces, which the host reads itself                  while none of it was called (a signal's handler)
//   space     the ring has room again
//   shutdown
//
// After the last two the host ends, and no mini-batch is to blame.
//
// Results never travel in the socket, so that a short mini-batch costs no system call. They lie in shared memory (a
// sealed memfd): one page of control words, then the result ring. The host publishes a result before it starts the next
// run, so what was finished when a host dies is not lost.
//
// User code may write anywhere in its process, so anything there may be overwritten. What the reader guarantees: rows
// and outcome of a try are taken as the host published them, or not at all. It copies each record out of the shared
// memory first, and compares it with its check, which depends on the record's place in the stream of bytes: so a record
// that was changed, cut, moved, or is left from an earlier turn of the ring is told but for one in 2^32, the memory is
// given up, and all that was not yet taken runs again. It trusts no other number either: the times lie within the
// process's life, and control words that are overwritten cost the host its life at most. What nobody can tell is what
// was overwritten before it was published, in the process's own memory.

inline constexpr std::size_t largest_frame_from_host_bytes = 1 << 20;

enum class FrameType : std::uint16_t {
  setup = 1,
  tasks = 2,
  space = 3,
  shutdown = 4,
  table = 5,
  rows = 6,
  ready = 16,
  init_failed = 17,
  notify = 18,
  shutdown_done = 19,
  host_failed = 20,
  interrupted = 21,
};

/// Before the texts of one task in a `tasks` frame: sequence u64, mini-batch u64, tries before u32, items u32, bytes
/// u32. The bytes are those behind it: the values of the run's partition keys, and the paths.
inline constexpr std::size_t task_header_bytes = 28;
/// Behind it in a `table` frame: input u32, pieces u32. Then come the pieces that are not empty, each with its header,
/// and to the end the values of the run's partition keys, each followed by a NUL. The pieces' bytes stand one behind
/// the other in the sealed memory, and are all that it has.
inline constexpr std::size_t table_header_bytes = 8;
/// Bytes u64, where the first record begins in its file u64, items u32, bytes of the file's path u32, bytes of its
/// header record u32, which are none where the loader did not tell it, traits of its text u32
/// (dataset/text_traits.hpp). Then the path, and the header record.
inline constexpr std::size_t table_piece_bytes = 32;
/// In a `rows` frame each piece begins with the first row u64, the one behind the last u64, and bytes of the path u32.
/// Then the path. No rows: the file could not be read when the run was planned.
inline constexpr std::size_t rows_piece_bytes = 20;

inline constexpr std::size_t control_bytes = 4096;
inline constexpr std::size_t ring_bytes = 4 << 20;
inline constexpr std::uint64_t control_magic = 0x3130'5453'4f48'5350;  // "PSHOST01"

/// Places in the control page, in words of 8 bytes. What the host writes and what the worker writes lie on different
/// cache lines.
enum class ControlWord : std::size_t {
  magic = 0,
  running = 1,        ///< sequence << 8 | HostPhase
  phase_started = 2,  ///< monotonic nanoseconds
  published = 3,      ///< bytes of records, since ever
  host_waits = 4,     ///< monotonic nanoseconds since when the host waits for room in the ring; 0: it does not
  blocked = 5,        ///< nanoseconds that the running task waited for room before that
  consumed = 16,      ///< bytes read, since ever
  recall_from = 17,   ///< tasks from ≤ sequence < to are not started but given back as `returned` (rule 6.1)
  recall_to = 18,
};

enum class HostPhase : std::uint8_t { idle = 0, loading = 1, running = 2 };

/// Records begin at multiples of 16: body bytes (u32), kind (u16), status (u16), check (u64), then the body. None
/// crosses the ring's end; a pad goes before one that would.
///
/// The check: CRC-32 of the body, begun with the low 32 bits of the record's place (bytes since ever); in the bits
/// above it kind and status. Of `done`, which is made millions of times, the CRC-32 is that of the last rows alone, the
/// number of rows is in the check by exclusive or, the sequence must be the one that is due, and the times are not
/// covered. A pad's body is not covered either.
enum class RecordKind : std::uint16_t {
  pad = 1,     ///< nothing, up to the ring's end
  chunk = 2,   ///< a piece of the rows of the running task: a result of any size streams through
  done = 3,    ///< sequence, rows (u64 each), process ns, run ns (i64 each), then the last rows
  result = 4,  ///< the same four, then lengths of columns, category, message, detail (u32 each), these texts, the last
               ///< rows
  returned = 5,  ///< sequence of a task that was recalled before it started
};
inline constexpr std::size_t record_header_bytes = 16;
inline constexpr std::size_t done_body_bytes = 32;
inline constexpr std::size_t result_body_bytes = done_body_bytes + 16;
/// So that a pad and a record always fit.
inline constexpr std::size_t largest_record_bytes = ring_bytes / 2;

}  // namespace prs
