#include "output/assembly_shares.hpp"

#include <algorithm>
#include <utility>

namespace prs {
namespace {

/// Of the messages to all writers together, which may wait in the mailbox at the same time: rule 3.8 has room for so
/// many bytes for each mini-batch.
constexpr std::size_t under_way_bytes = 8;
constexpr std::size_t least_bytes_under_way = 16 << 20;
constexpr std::size_t piece_bytes = 44;
/// After each step the file is synced, so a step must be worth that.
constexpr std::size_t fewest_pieces = 256;
constexpr std::size_t most_pieces = 100'000;

}  // namespace

AssemblyShares::AssemblyShares(const AssemblyLayout& layout, AssemblyLayout::Stretches rows,
                               const std::vector<ByteRange>& shares, std::size_t writers)
    : layout_(layout), rows_(std::move(rows)) {
  for (const ByteRange& share : shares) shares_.push_back({share.end, {share.begin}});
  const std::size_t at_once = std::max<std::size_t>(1, std::min(writers, shares.size()));
  const std::size_t under_way = std::max<std::size_t>(under_way_bytes * layout.mini_batches(), least_bytes_under_way);
  most_pieces_ = std::clamp(under_way / (piece_bytes * at_once), fewest_pieces, most_pieces);
}

std::string AssemblyShares::step(std::size_t index, std::size_t step) {
  Share& share = shares_.at(index);
  const std::uint64_t begin = share.begins.at(step);
  if (begin >= share.end) return {};
  const AssemblyShare part = layout_.share({begin, share.end}, most_pieces_, rows_);
  if (step + 1 == share.begins.size()) share.begins.push_back(part.end_bytes);
  return to_bytes(part);
}

ByteRange AssemblyShares::range_of(std::size_t index, std::size_t step) const {
  const Share& share = shares_.at(index);
  return {share.begins.at(step), share.begins.at(step + 1)};
}

}  // namespace prs
