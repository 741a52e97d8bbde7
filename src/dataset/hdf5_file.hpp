#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/hdf5_error.hpp"
#include "dataset/hdf5_handle.hpp"

namespace prs {

/// To read, without a lock. Throws Hdf5Error.
Hdf5Handle open_hdf5_file(const std::string& path);

/// One dataset, with what is asked of it more than once.
struct Hdf5Dataset {
  Hdf5Handle handle;
  std::vector<hsize_t> dimensions;
  std::uint64_t chunk_rows = 0;  ///< 0: it is not in chunks
};

/// Opens it with a cache that holds one of its chunks, so that rows of one chunk are decompressed once. Throws
/// Hdf5Error for what is damaged, or kept in a way that is not read: by a filter that the library has not, or in other
/// files.
Hdf5Dataset open_hdf5_dataset(hid_t file, const Hdf5Place& place);

/// A link of a group: another name of its own for a thing, or a pointer to a name that may be elsewhere.
struct Hdf5Link {
  std::string name;
  bool is_hard = true;
};
/// Of a group, by their order of creation where the file has it, else by name. Throws Hdf5Error.
std::vector<Hdf5Link> hdf5_links(hid_t group, const Hdf5Place& place);

}  // namespace prs
