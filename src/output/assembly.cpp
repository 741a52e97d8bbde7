#include "output/assembly.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "support/errors.hpp"
#include "support/flat_bytes.hpp"

namespace prs {
namespace {

constexpr std::uint64_t boundary_bytes = 1 << 20;  ///< two clients of a network file system must not share a page
constexpr std::uint64_t worthwhile_bytes = 4 << 20;

std::uint64_t end_of(const Piece& piece) {
  return piece.final_offset_bytes + piece.stretch.length_bytes;
}

/// Where share `k` of `count` begins. A share is longer than a boundary's step, so no two begin at the same place.
std::uint64_t boundary(std::uint64_t total_bytes, std::uint64_t k, std::uint64_t count) {
  if (k == count) return total_bytes;
  const std::uint64_t fair = total_bytes / count * k + total_bytes % count * k / count;
  return fair / boundary_bytes * boundary_bytes;
}

}  // namespace

std::vector<AssemblyShare> split_assembly(std::uint64_t mini_batches,
                                          const std::function<Stretch(MiniBatchIndex)>& stretches,
                                          std::uint64_t header_bytes, std::size_t writers, std::uint64_t& total_bytes) {
  PRS_INVARIANT(writers >= 1);
  std::deque<Piece> pieces;  // gives memory back while the shares take it over
  total_bytes = header_bytes;
  for (std::uint64_t i = 0; i < mini_batches; ++i) {
    const Stretch stretch = stretches({i});
    if (stretch.length_bytes == 0) continue;
    pieces.push_back({{i}, total_bytes, stretch});
    total_bytes += stretch.length_bytes;
  }

  const std::uint64_t count = std::clamp<std::uint64_t>(total_bytes / worthwhile_bytes, 1, writers);
  std::vector<AssemblyShare> shares;
  for (std::uint64_t k = 0; k < count; ++k) {
    AssemblyShare share{boundary(total_bytes, k, count), boundary(total_bytes, k + 1, count), {}};
    const auto is_before_end = [&](const Piece& piece) { return piece.final_offset_bytes < share.end_bytes; };
    share.pieces.reserve(std::partition_point(pieces.begin(), pieces.end(), is_before_end) - pieces.begin());
    while (!pieces.empty() && is_before_end(pieces.front())) {
      share.pieces.push_back(pieces.front());
      if (end_of(pieces.front()) > share.end_bytes) break;  // the next share needs it too
      pieces.pop_front();
    }
    if (!share.pieces.empty()) shares.push_back(std::move(share));
  }
  return shares;
}

std::string to_bytes(const AssemblyShare& share) {
  FlatWriter to;
  to.bytes().reserve(24 + share.pieces.size() * 44);
  to.put(share.begin_bytes).put(share.end_bytes).put(std::uint64_t{share.pieces.size()});
  for (const Piece& piece : share.pieces)  // field by field: no padding travels
    to.put(piece.mini_batch.value)
        .put(piece.final_offset_bytes)
        .put(piece.stretch.part)
        .put(piece.stretch.offset_bytes)
        .put(piece.stretch.length_bytes)
        .put(piece.stretch.checksum);
  return std::move(to.bytes());
}

AssemblyShare assembly_share_of(std::string_view bytes) {
  FlatReader from(bytes);
  AssemblyShare share;
  share.begin_bytes = from.get<std::uint64_t>();
  share.end_bytes = from.get<std::uint64_t>();
  const auto count = from.get<std::uint64_t>();
  if (count > bytes.size() / 44) throw std::out_of_range("a share of the assembly ends too early");
  share.pieces.resize(static_cast<std::size_t>(count));
  for (Piece& piece : share.pieces) {
    piece.mini_batch.value = from.get<std::uint64_t>();
    piece.final_offset_bytes = from.get<std::uint64_t>();
    piece.stretch.part = from.get<std::uint32_t>();
    piece.stretch.offset_bytes = from.get<std::uint64_t>();
    piece.stretch.length_bytes = from.get<std::uint64_t>();
    piece.stretch.checksum = from.get<std::uint64_t>();
  }
  if (!from.is_at_end()) throw std::out_of_range("a share of the assembly has bytes too many");
  return share;
}

}  // namespace prs
