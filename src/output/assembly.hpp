#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/byte_ranges.hpp"
#include "model/outcome.hpp"

namespace prs {

/// One stretch of a part and where it stands in the final file.
struct Piece {
  MiniBatchIndex mini_batch;
  std::uint64_t final_offset_bytes = 0;
  Stretch stretch;
};

/// One writer's share: the bytes [begin, end) of the final file, and the pieces that overlap it, in order.
struct AssemblyShare {
  std::uint64_t begin_bytes = 0;
  std::uint64_t end_bytes = 0;
  std::vector<Piece> pieces;
};

/// Which rows stand where in the final file: those of all mini-batches, in their order, behind a header line. Holds 8
/// bytes for 256 mini-batches; their stretches are asked for again, a few at a time (rule 3.8).
class AssemblyLayout {
 public:
  AssemblyLayout(std::uint64_t mini_batches, std::string_view header);
  /// The rows of a mini-batch; in any order, each one once. Length 0, or never added: it has none.
  void add(MiniBatchIndex mini_batch, const Stretch& rows);

  std::uint64_t mini_batches() const { return mini_batches_; }
  std::uint64_t header_bytes() const { return header_bytes_; }
  std::uint64_t total_bytes() const { return total_bytes_; }
  /// The same for the same rows in the same places, wherever they come from.
  std::uint64_t identity() const { return identity_; }
  /// Those of the mini-batches [begin, end), as they were added.
  using Stretches = std::function<std::vector<Stretch>(std::uint64_t begin, std::uint64_t end)>;
  /// One writer's share: these bytes, which lie behind the header, or as many from their beginning on as `most_pieces`
  /// pieces have.
  AssemblyShare share(ByteRange range, std::size_t most_pieces, const Stretches& stretches) const;

 private:
  std::uint64_t mini_batches_;
  std::uint64_t header_bytes_;
  std::uint64_t total_bytes_;
  std::uint64_t identity_;
  std::vector<std::uint64_t> block_bytes_;  ///< rows of each block of mini-batches
};

/// Cuts what is not written yet into shares for so many writers: a few for each, since not all are equally fast, and
/// none that takes long, since what is interrupted begins anew. Cut at multiples of 1 MiB.
std::vector<ByteRange> split_assembly(const std::vector<ByteRange>& gaps, std::size_t writers);

/// Copies one share's pieces from the parts into `file` (which exists), checking every stretch against its checksum as
/// it goes. Parts are read sequentially, the file is written in large blocks, and synced. Returns the mini-batches
/// whose bytes are not what their outcome said, in order; one that straddles two shares is verified, and returned, by
/// both writers. A part that is missing or unreadable is no error: all its mini-batches come back. `part_path(p)` names
/// part p; `tick` is called between blocks, so that the caller can stay responsive. Throws InfrastructureError when the
/// file cannot be written.
std::vector<MiniBatchIndex> write_share(const AssemblyShare& share, const std::string& file,
                                        const std::function<std::string(std::uint32_t)>& part_path,
                                        const std::function<void()>& tick);

/// To send a share to its writer: flat bytes, and back (std::out_of_range where they are none of these).
std::string to_bytes(const AssemblyShare& share);
AssemblyShare assembly_share_of(std::string_view bytes);

}  // namespace prs
