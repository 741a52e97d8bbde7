#include "model/mini_batch_items.hpp"

#include <algorithm>
#include <iterator>

namespace prs {
namespace {

struct NamesOf {
  ItemNames operator()(const FileItems& files) const {
    const PathList paths = files.paths();
    if (paths.is_empty()) return {};
    const auto last = std::prev(paths.end());
    const auto first = paths.begin();
    return {std::string(*first), last == first ? std::string() : std::string(*last)};
  }
  ItemNames operator()(const TableItems& table) const {
    if (table.pieces.empty()) return {};
    const bool is_one = table.pieces.size() == 1;
    return {name_of(table.pieces.front()), is_one ? std::string() : name_of(table.pieces.back())};
  }
};

struct SizeOf {
  std::size_t operator()(const FileItems& files) const { return files.bytes().size(); }
  std::size_t operator()(const TableItems& table) const {
    std::size_t bytes = 0;
    for (const TablePiece& piece : table.pieces) bytes += sizeof(TablePiece) + piece.path.size();
    return bytes;
  }
};

struct CountOf {
  std::uint32_t operator()(const FileItems& files) const { return files.count(); }
  std::uint32_t operator()(const TableItems& table) const {
    std::uint64_t rows = 0;
    for (const TablePiece& piece : table.pieces) {
      if (piece.unit == PieceUnit::bytes || piece.begin >= piece.end) return 1;
      rows += piece.end - piece.begin;
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(rows, UINT32_MAX));
  }
};

}  // namespace

std::string name_of(const TablePiece& piece) {
  if (piece.begin >= piece.end) return piece.path;
  return piece.path + (piece.unit == PieceUnit::bytes ? "#bytes=" : "#rows=") + std::to_string(piece.begin) + '-' +
         std::to_string(piece.end - 1);
}

std::uint32_t item_count(const MiniBatchItems& items) {
  return std::visit(CountOf(), items);
}

std::size_t size_bytes(const MiniBatchItems& items) {
  return std::visit(SizeOf(), items);
}

ItemNames names_of(const MiniBatchItems& items) {
  return std::visit(NamesOf(), items);
}

}  // namespace prs
