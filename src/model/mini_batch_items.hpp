#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/path_list.hpp"

namespace prs {

/// Files: absolute paths in their order (rule 3.1), kept in the bytes in which they travel to the script host.
class FileItems {
 public:
  FileItems() = default;
  /// `paths`: `count` of them, each followed by a NUL.
  FileItems(std::string paths, std::uint32_t count) : bytes_(std::move(paths)), count_(count) {}

  std::uint32_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }
  PathList paths() const { return PathList(bytes_); }
  bool operator==(const FileItems&) const = default;

 private:
  std::string bytes_;
  std::uint32_t count_ = 0;
};

/// What a table file is cut by (rules 3.3, 3.4).
enum class PieceUnit : std::uint8_t {
  bytes,        ///< of a file of text; a loader reads them
  rows,         ///< of all the file's rows, whatever it groups them in; the script host reads them (Parquet)
  loaded_rows,  ///< the same, and a loader reads them (HDF5)
};

/// The records of one table file that begin in [begin, end). A piece of rows that is empty stands for a file that
/// nobody could count: its tries fail.
struct TablePiece {
  std::string path;
  std::uint64_t begin = 0, end = 0;
  /// Of delimited text with line breaks in quotes: the state of its automaton at `begin`. 0: between two records, or
  /// not known to be otherwise.
  std::uint8_t quote_state = 0;
  PieceUnit unit = PieceUnit::bytes;
  bool is_of_first_file = false;  ///< of the input's text files that are not empty
  bool operator==(const TablePiece&) const = default;
};
/// The state cannot be known, since the file could not be read before that place: the piece cannot be read either.
constexpr std::uint8_t unknown_quote_state = 255;

/// One piece of a table; with partition keys all pieces of one combination of their values (rule 3.6).
struct TableItems {
  std::uint32_t input = 0;  ///< which of the run's inputs it is: 0 …
  std::vector<TablePiece> pieces;
  bool operator==(const TableItems&) const = default;
};

/// `PATH#bytes=FIRST-LAST` or `PATH#rows=FIRST-LAST`, for people and for failed_items.csv (rule 5.7). An empty piece
/// has no last byte: the path.
std::string name_of(const TablePiece& piece);

/// What one mini-batch is made of: all that a worker must know to have it loaded. One alternative for each way in which
/// an input is cut. The plan makes it, the messages and the script host's frames have bytes for each alternative, and
/// everybody else uses the functions below.
using MiniBatchItems = std::variant<FileItems, TableItems>;

/// What is known of it before it is loaded: its files, or its rows. Nobody has counted the records of text, nor of a
/// file that could not be read, which are one item then (rule 4.5).
std::uint32_t item_count(const MiniBatchItems& items);

/// About what a message with it takes.
std::size_t size_bytes(const MiniBatchItems& items);

/// For people. `last` is empty where there is one name only.
struct ItemNames {
  std::string first, last;
  bool operator==(const ItemNames&) const = default;
};
ItemNames names_of(const MiniBatchItems& items);

/// Calls `on_item` with the name of each item, in order, as failed_items.csv lists it (rule 5.7). The rows of a table
/// have one name for each piece.
template <typename OnItem>
void for_each_item(const MiniBatchItems& items, OnItem&& on_item) {
  if (const auto* const table = std::get_if<TableItems>(&items))
    for (const TablePiece& piece : table->pieces) on_item(std::string_view(name_of(piece)));
  else
    for (const std::string_view path : std::get<FileItems>(items).paths()) on_item(path);
}

}  // namespace prs
