#include "loader/load.hpp"

#include <new>
#include <string>
#include <utility>

#include "dataset/hdf5_error.hpp"
#include "dataset/piece_reader.hpp"
#include "loader/hdf5_load.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

Failure failure_of(const PieceError& error) {
  // Where the system refused something it says the path itself, and there is no place in the file.
  const bool has_path = error.text.find(error.path) != std::string::npos;
  return {"TableError",
          has_path ? error.text : error.path + ": byte " + std::to_string(error.offset_bytes) + ": " + error.text,
          {}};
}

bool has_header(const TableOptions& options, const TablePiece& piece) {
  if (options.format != TableFormat::delimited || options.header == HeaderMode::no_header) return false;
  return options.header != HeaderMode::from_first_file || piece.is_of_first_file;
}

LoadedPiece read(const TablePiece& piece, const TableOptions& options, GrowingMemory& memory, std::size_t used_bytes) {
  const PieceRules rules{.options = options, .has_header = has_header(options, piece)};
  std::variant<LoadedPiece, PieceError> read = read_piece(piece, rules, memory, used_bytes);
  if (auto* const error = std::get_if<PieceError>(&read)) throw std::move(*error);
  return std::get<LoadedPiece>(std::move(read));
}

/// Whether the host needs the header record of a piece's file for each piece: each file has its own columns, or all
/// have to have the same.
bool is_header_wanted(const TableOptions& options, std::uint64_t records) {
  if (options.format != TableFormat::delimited || records == 0) return false;
  return options.header == HeaderMode::all_files_different_headers ||
         options.header == HeaderMode::all_files_same_headers;
}

std::string header_of(const std::string& path, const TableOptions& options) {
  std::variant<std::string, PieceError> header = read_header(path, {.options = options});
  if (auto* const error = std::get_if<PieceError>(&header)) throw std::move(*error);
  return std::get<std::string>(std::move(header));
}

/// Of an empty piece the header record alone is wanted: nothing else of the file is read.
LoadedPiece read_header_only(const TablePiece& piece, const TableOptions& options) {
  LoadedPiece loaded;
  if (has_header(options, piece)) loaded.header = header_of(piece.path, options);
  return loaded;
}

PieceSize read_text(const TablePiece& piece, const TableOptions& options, GrowingMemory& memory,
                    std::uint64_t used_bytes) {
  const LoadedPiece read_one =
      piece.begin == piece.end ? read_header_only(piece, options) : read(piece, options, memory, used_bytes);
  PieceSize size{static_cast<std::uint32_t>(read_one.records), read_one.bytes, read_one.begin, read_one.traits,
                 read_one.header.value_or("")};
  if (size.header.empty() && is_header_wanted(options, read_one.records)) size.header = header_of(piece.path, options);
  return size;
}

Load loaded(const TableItems& items, const TableOptions& options, TableMemory& memory) {
  PRS_INVARIANT(options.format != TableFormat::parquet);  // the script host reads it
  Load load;
  std::uint64_t records = 0;
  for (const TablePiece& piece : items.pieces) {
    const auto read_one = is_text(options.format) ? read_text : read_hdf5_rows;
    load.size.pieces.push_back(read_one(piece, options, memory, load.size.bytes));
    load.size.bytes += load.size.pieces.back().bytes;
    records += load.size.pieces.back().items;
  }
  if (records > UINT32_MAX)
    throw PieceError{items.pieces.front().path, items.pieces.front().begin,
                     "this mini-batch has more than 4294967295 records; set a smaller mini_batch_size"};
  load.size.items = static_cast<std::uint32_t>(records);
  load.memory = memory.sealed_copy(load.size.bytes);
  return load;
}

}  // namespace

std::variant<Load, Failure> load_table(const TableItems& items, const TableOptions& options, TableMemory& memory) {
  try {
    return loaded(items, options, memory);
  } catch (const PieceError& error) {
    return failure_of(error);
  } catch (const Hdf5Error& error) {
    return Failure{"TableError", error.what(), {}};
  } catch (const InfrastructureError& error) {
    return Failure{"LoadError", error.what(), {}};
  } catch (const std::bad_alloc&) {
    return Failure{
        "LoadError", "there is not enough memory for the records of a mini-batch; set a smaller mini_batch_size", {}};
  }
}

std::variant<DescribedTable, Failure> describe_table(const std::string& path, const TableOptions& options) {
  try {
    return describe_hdf5(path, options);
  } catch (const Hdf5Error& error) {
    return Failure{"TableError", error.what(), {}};
  }
}

ScannedPieces scan_table(const QuoteScanOrder& order, const TableOptions& options, const std::function<void()>& pulse) {
  ScannedPieces scanned;
  for (const TablePiece& piece : order.items.pieces) try {
      scanned.steps.push_back(scan_quotes(piece, options, order.step_bytes, pulse));
    } catch (const PieceError& error) {
      scanned.steps.emplace_back();
      if (scanned.problem.empty()) scanned.problem = failure_of(error).message;
    }
  return scanned;
}

}  // namespace prs
