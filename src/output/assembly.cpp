#include "output/assembly.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "support/flat_bytes.hpp"
#include "support/little_endian.hpp"

namespace prs {
namespace {

constexpr std::uint64_t boundary_bytes = 1 << 20;  ///< two clients of a network file system must not share a page
constexpr std::uint64_t smallest_share_bytes = 4 << 20;
constexpr std::uint64_t largest_share_bytes = 256 << 20;
constexpr std::size_t shares_of_a_writer = 4;
constexpr std::uint64_t block_size = 256;                  ///< mini-batches whose rows are counted together
constexpr std::size_t piece_bytes = 44;                    ///< in a message
constexpr std::uint64_t most_asked_for = 64 * block_size;  ///< stretches at once

/// Of the mini-batch's rows in the final file; what part they come from is not of the file.
std::uint64_t identity_of(MiniBatchIndex mini_batch, const Stretch& rows) {
  char bytes[24];
  put_little_endian<8>(bytes, mini_batch.value);
  put_little_endian<8>(bytes + 8, rows.length_bytes);
  put_little_endian<8>(bytes + 16, rows.checksum);
  return checksum_of({bytes, sizeof bytes});
}

}  // namespace

AssemblyLayout::AssemblyLayout(std::uint64_t mini_batches, std::string_view header)
    : mini_batches_(mini_batches),
      header_bytes_(header.size()),
      total_bytes_(header.size()),
      identity_(checksum_of(header)),
      block_bytes_(static_cast<std::size_t>((mini_batches + block_size - 1) / block_size)) {}

void AssemblyLayout::add(MiniBatchIndex mini_batch, const Stretch& rows) {
  if (rows.length_bytes == 0) return;
  block_bytes_.at(static_cast<std::size_t>(mini_batch.value / block_size)) += rows.length_bytes;
  total_bytes_ += rows.length_bytes;
  identity_ += identity_of(mini_batch, rows);  // a sum, since the mini-batches come in any order
}

AssemblyShare AssemblyLayout::share(ByteRange range, std::size_t most_pieces, const Stretches& stretches) const {
  AssemblyShare share{range.begin, range.end, {}};
  std::uint64_t at = header_bytes_;
  std::size_t block = 0;
  while (block < block_bytes_.size() && at + block_bytes_[block] <= range.begin) at += block_bytes_[block++];
  std::uint64_t next = block * block_size;
  for (std::uint64_t block_end = at; block < block_bytes_.size() && block_end < range.end;)
    block_end += block_bytes_[block++];
  const std::uint64_t last = std::min(block * block_size, mini_batches_);
  while (next < last) {
    const std::uint64_t wanted = std::clamp(most_pieces + 1 - share.pieces.size(), block_size, most_asked_for);
    const std::uint64_t end = std::min(next + wanted, last);
    for (const Stretch& rows : stretches(next, end)) {
      const Piece piece{{next++}, at, rows};
      at += rows.length_bytes;
      if (rows.length_bytes == 0 || at <= range.begin) continue;
      if (piece.final_offset_bytes >= range.end) return share;
      if (share.pieces.size() == most_pieces) {
        share.end_bytes = piece.final_offset_bytes;
        return share;
      }
      share.pieces.push_back(piece);
    }
    PRS_INVARIANT(next == end);
  }
  return share;
}

std::vector<ByteRange> split_assembly(const std::vector<ByteRange>& gaps, std::size_t writers) {
  PRS_INVARIANT(writers >= 1);
  std::uint64_t rest = 0;
  for (const ByteRange& gap : gaps) rest += gap.end - gap.begin;
  const std::uint64_t fair = rest / (shares_of_a_writer * writers) / boundary_bytes * boundary_bytes;
  const std::uint64_t size = std::clamp(fair, smallest_share_bytes, largest_share_bytes);
  std::vector<ByteRange> shares;
  for (const ByteRange& gap : gaps)
    for (std::uint64_t begin = gap.begin; begin < gap.end; begin = shares.back().end)
      shares.push_back({begin, std::min((begin / size + 1) * size, gap.end)});
  return shares;
}

std::string to_bytes(const AssemblyShare& share) {
  FlatWriter to;
  to.bytes().reserve(20 + share.pieces.size() * piece_bytes);
  to.put(share.begin_bytes).put(share.end_bytes).put(static_cast<std::uint32_t>(share.pieces.size()));
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
  share.pieces.resize(from.get_count(piece_bytes));
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
