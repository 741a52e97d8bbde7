#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/record_transition.hpp"
#include "model/mini_batch_items.hpp"
#include "model/table_options.hpp"

namespace prs {

/// How many steps a piece [begin, end) of a file has, which end at multiples of `step_bytes` of that file, the last one
/// with the piece. No piece is empty.
std::uint64_t step_count(std::uint64_t begin, std::uint64_t end, std::uint64_t step_bytes);

/// What one piece of a table of text does to the state of the automaton: one transition for each of its steps
/// (step_count). Where such a place is in the middle of a code unit, the
/// step ends behind it, as a piece begins there (piece_reader). `pulse` is called now and then. Throws PieceError.
/// The loader's, never a rank's.
std::vector<RecordTransition> scan_quotes(const TablePiece& piece, const TableOptions& options,
                                          std::uint64_t step_bytes, const std::function<void()>& pulse);

/// What the scan of several pieces of one input found.
struct ScannedPieces {
  std::string problem;                               ///< of the first piece that could not be read; empty: none
  std::vector<std::vector<RecordTransition>> steps;  ///< of each piece; empty: it could not be read
  bool operator==(const ScannedPieces&) const = default;
};
/// Its way from the loader to rank 0; nobody in between looks into it. Reading throws std::out_of_range.
std::string to_bytes(const ScannedPieces& scanned);
ScannedPieces scanned_pieces_of(std::string_view bytes);

}  // namespace prs
