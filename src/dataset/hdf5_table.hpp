#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/hdf5_error.hpp"
#include "dataset/hdf5_memory.hpp"

namespace prs {

/// What is wanted of a file.
struct Hdf5Source {
  std::string file;                               ///< its path
  std::string dataset = {};                       ///< path of a dataset or group in it; empty: the only one there is
  std::vector<std::string> columns = {};          ///< those that stay, in the file's order; empty: all
  std::vector<std::string> dropped_columns = {};  ///< those that go
};

enum class Hdf5Kind : std::uint8_t { table, array };

struct Hdf5Column {
  std::string name;                  ///< of an array: empty
  std::string dtype;                 ///< numpy's; "str" for text of any length
  std::vector<std::uint64_t> shape;  ///< of one row's value: empty in a table
  bool operator==(const Hdf5Column&) const = default;
};

struct Hdf5Description {
  Hdf5Kind kind = Hdf5Kind::table;
  std::string dataset;  ///< the one that was found
  std::uint64_t rows = 0;
  std::vector<Hdf5Column> columns;
};

/// How large rows are: what is needed to cut them (row_cut.hpp).
struct Hdf5RowSize {
  std::uint64_t bytes = 0;       ///< uncompressed, as in the file; texts of any length by the first ones
  std::uint64_t chunk_rows = 0;  ///< that lie in one chunk, at most; 0: not in chunks
};

/// One HDF5 file as rows (rules 3.4, 3.5). In the loader process only: a damaged file may crash the library.
///
/// What is a table: a group, whose 1-D datasets are the columns (by their order of creation where the file has it, else
/// by name; groups in it are no columns); a 1-D compound, whose members are the columns; one 1-D dataset, which is one
/// column. Any other numeric dataset is an array, whose rows are those of its first dimension. Without a name the
/// dataset is the only one of the file, or the root group where that has nothing but 1-D datasets of one length.
/// Files of pandas' to_hdf are refused: columns and types lie in pickles there.
/// Holds the file open, without a lock: NFS and Lustre often have none.
class Hdf5Table {
 public:
  /// Throws Hdf5Error for whatever of it cannot be read, before any row is.
  explicit Hdf5Table(const Hdf5Source& source);
  ~Hdf5Table();
  Hdf5Table(Hdf5Table&&) noexcept;
  Hdf5Table& operator=(Hdf5Table&&) noexcept;

  const Hdf5Description& description() const;
  Hdf5RowSize row_size() const;  ///< throws Hdf5Error
  /// The directory of hdf5_memory.hpp without rows and places.
  std::string layout() const;
  /// Rows [begin, end) into `memory`, as hdf5_memory.hpp says, from its start; returns how many bytes it took. Beside
  /// those it needs about 1 MiB, and one chunk of one column. Throws Hdf5Error, and what `memory` throws.
  std::size_t read_rows(std::uint64_t begin, std::uint64_t end, Hdf5Memory& memory) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace prs
