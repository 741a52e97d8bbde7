#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "dataset/growing_memory.hpp"
#include "dataset/text_source.hpp"
#include "dataset/text_traits.hpp"
#include "model/mini_batch_items.hpp"
#include "model/table_options.hpp"

namespace prs {

/// What a piece of text became.
struct LoadedPiece {
  std::uint64_t records = 0;
  std::size_t bytes = 0;              ///< of its text, in UTF-8
  TextTraits traits = 0;              ///< of that text
  std::uint64_t begin = 0;            ///< where that text begins in the file; of a compressed one, in its text
  std::optional<std::string> header;  ///< the file's header record in UTF-8, without its line end, where it lies here
};

struct PieceRules {
  const TableOptions& options;
  bool has_header = true;  ///< this file begins with a header record: `header` of the options, and which file it is
  /// Read behind the end of the piece, where a quote never ends; of a compressed file in all.
  std::uint64_t most_bytes = std::uint64_t{4} << 30;
};

/// Reads the records that begin in [begin, end) of a file of text (rule 3.3), of a compressed file all: their lines in
/// UTF-8, each with its line end, to `memory` from `used_bytes` on. Blank lines between them stay; the byte order mark
/// and the header record do not. A lone \r that ends a line becomes \n: some readers of CSV do not take it for an end.
/// Pieces that follow each other give the text of the file, each record once.
/// The loader's, never a rank's. An InfrastructureError is of the memory.
std::variant<LoadedPiece, PieceError> read_piece(const TablePiece& piece, const PieceRules& rules,
                                                 GrowingMemory& memory, std::size_t used_bytes);

/// The header record of a file in UTF-8, without its line end; empty: the file has no record.
std::variant<std::string, PieceError> read_header(const std::string& path, const PieceRules& rules);

}  // namespace prs
