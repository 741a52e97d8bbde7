#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/mini_batch_items.hpp"
#include "model/outcome.hpp"
#include "model/table_options.hpp"

namespace prs {

// What a worker and its loader say to each other: table_loader.cpp and src/loader. A loader is a process of our own
// that reads the user's tables, below a keeper: a parser that crashes or hangs costs one try (rule 1.2).
//
// Frames, both ways, over a Unix stream socket that the loader connects to (support/framed_socket.hpp). A load has a
// number, and the answer to it the same one. Numbers are little-endian.
//
//   worker ──▶ loader                                 loader ──▶ worker
//   setup   JSON: the TableOptions of each input      ready
//   load    input, count (u32 each), then per piece   loaded       items (u32), bytes (u64), count (u32), then per
//           the path (its length as u32 before it),                piece items (u32), bytes, begin (u64 each),
//           begin, end (u64 each), quote_state, first              traits (u8), header (its length before it);
//           file or not (u8 each); an empty piece                  the sealed memory comes too
//           asks for the header record alone
//                                                     load_failed  category, message, detail (each with its length)
//   scan    step_bytes (u64), then as load            scanning     nothing: it is at it, and gets on
//                                                     scanned      ScannedPieces (dataset/quote_scan.hpp)
// describe   as load, of one piece                    described    rows, bytes_per_row, chunk_rows (u64 each), layout
//                                                     (its length before it); or load_failed
//
// The loader takes one load, scan or description after the other, in their order. The worker asks for some loads ahead,
// so that it never waits.

enum class LoaderFrame : std::uint16_t {
  setup = 1,
  load,
  scan,
  describe,
  ready = 16,
  loaded,
  load_failed,
  scanning,
  scanned,
  described,
};

inline constexpr std::size_t largest_frame_to_loader_bytes = 1 << 30;
inline constexpr std::size_t largest_frame_from_loader_bytes = 1 << 30;

/// Payload of `setup`.
std::string loader_setup_bytes(const std::vector<TableOptions>& inputs);
std::vector<TableOptions> inputs_of_loader_setup(std::string_view payload);

/// Payload of `load`. Reading throws std::out_of_range for what is none; so do those below.
std::string load_bytes(const TableItems& items);
TableItems items_of_load(std::string_view payload);

/// Payload of `scan`: the quotes of these pieces are to be counted (rule 3.3).
struct QuoteScanOrder {
  std::uint64_t step_bytes = 0;  ///< a transition for each step of so many
  TableItems items;
};
std::string scan_bytes(const QuoteScanOrder& order);
QuoteScanOrder order_of_scan(std::string_view payload);

/// What one piece of a load became.
struct PieceSize {
  std::uint32_t items = 0;
  std::uint64_t bytes = 0;
  std::uint64_t begin = 0;  ///< where the first record begins in its file
  std::uint8_t traits = 0;  ///< of its text (dataset/text_traits.hpp)
  std::string header;       ///< the header record of that file in UTF-8, where it was read
};

/// Payload of `loaded`.
struct LoadedSize {
  std::uint32_t items = 0;
  std::uint64_t bytes = 0;
  std::vector<PieceSize> pieces;  ///< of the load, in their order; they add up to items and bytes
};
std::string loaded_bytes(const LoadedSize& size);
LoadedSize size_of_loaded(std::string_view payload);

/// Payload of `described`: what is known of an HDF5 file before any row of it is read.
struct DescribedTable {
  std::uint64_t rows = 0;
  std::uint64_t bytes_per_row = 0;  ///< about, uncompressed
  std::uint64_t chunk_rows = 0;     ///< that lie in one chunk; 0: not in chunks
  std::string layout;               ///< JSON: "kind" and "columns" as dataset/hdf5_memory.hpp has them, without places
};
std::string described_bytes(const DescribedTable& table);
DescribedTable table_of_described(std::string_view payload);

/// Payload of `load_failed`.
std::string load_failed_bytes(const Failure& failure);
Failure failure_of_load(std::string_view payload);

}  // namespace prs
