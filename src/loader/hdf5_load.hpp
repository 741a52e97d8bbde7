#pragma once

#include "dataset/growing_memory.hpp"
#include "model/mini_batch_items.hpp"
#include "model/table_options.hpp"
#include "script/loader_wire.hpp"

namespace prs {

/// The rows of one piece of an HDF5 file, as dataset/hdf5_memory.hpp says, behind the first `used_bytes` of `memory`: a
/// multiple of 64, as what was read before leaves it. Throws Hdf5Error, and what `memory` throws.
PieceSize read_hdf5_rows(const TablePiece& piece, const TableOptions& options, GrowingMemory& memory,
                         std::uint64_t used_bytes);

/// Throws Hdf5Error.
DescribedTable describe_hdf5(const std::string& path, const TableOptions& options);

}  // namespace prs
