#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

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

/// Splits the final file over at most `writers` writers: shares begin at multiples of 1 MiB, as many as the size is
/// worth. `stretches(i)` is mini-batch i's stretch (length 0: no rows), for i in [0, mini_batches), asked for in order;
/// the rows begin after `header_bytes`. The total size in bytes comes back in `total_bytes`.
std::vector<AssemblyShare> split_assembly(std::uint64_t mini_batches,
                                          const std::function<Stretch(MiniBatchIndex)>& stretches,
                                          std::uint64_t header_bytes, std::size_t writers, std::uint64_t& total_bytes);

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
