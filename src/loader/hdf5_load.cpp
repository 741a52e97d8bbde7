#include "loader/hdf5_load.hpp"

#include <cstring>

#include "dataset/hdf5_table.hpp"

namespace prs {
namespace {

/// What stands behind the pieces that were read before.
class MemoryBehind final : public Hdf5Memory {
 public:
  MemoryBehind(GrowingMemory& memory, std::size_t used_bytes) : memory_(memory), used_bytes_(used_bytes) {}
  char* resize(std::size_t bytes) override {
    char* const data = memory_.room(used_bytes_ + bytes).data() + used_bytes_;
    if (bytes > bytes_) std::memset(data + bytes_, 0, bytes - bytes_);
    bytes_ = bytes;
    return data;
  }

 private:
  GrowingMemory& memory_;
  std::size_t used_bytes_, bytes_ = 0;
};

Hdf5Table table_of(const std::string& path, const TableOptions& options) {
  return Hdf5Table({path, options.dataset, options.columns, options.dropped_columns});
}

/// Of a file that could not be counted when the run was planned: the same is asked of it, so that it fails as then.
[[noreturn]] void fail_as_before(const std::string& path, const TableOptions& options) {
  static_cast<void>(describe_hdf5(path, options));
  throw Hdf5Error(Hdf5Problem::damaged, path +
                                            ": could not be read when the run was planned, and can be read now; "
                                            "start the run again in another folder");
}

}  // namespace

PieceSize read_hdf5_rows(const TablePiece& piece, const TableOptions& options, GrowingMemory& memory,
                         std::uint64_t used_bytes) {
  if (piece.begin >= piece.end) fail_as_before(piece.path, options);
  const Hdf5Table table = table_of(piece.path, options);
  MemoryBehind behind(memory, used_bytes);
  const std::uint64_t bytes = table.read_rows(piece.begin, piece.end, behind);
  return {static_cast<std::uint32_t>(piece.end - piece.begin), bytes, piece.begin, 0, {}};
}

DescribedTable describe_hdf5(const std::string& path, const TableOptions& options) {
  const Hdf5Table table = table_of(path, options);
  const Hdf5RowSize size = table.row_size();
  return {table.description().rows, size.bytes, size.chunk_rows, table.layout()};
}

}  // namespace prs
