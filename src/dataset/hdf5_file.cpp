#include "dataset/hdf5_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "support/unique_fd.hpp"

namespace prs {
namespace {
constexpr std::size_t default_chunk_cache_bytes = 1 << 20;
constexpr std::size_t default_chunk_cache_slots = 521;
constexpr double drop_what_was_read = 1.0;  // rows are read in order

void check_is_readable(const Hdf5Place& place) {
  const UniqueFd file(::open(place.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw place.error(Hdf5Problem::cannot_open, std::string("cannot be opened: ") + std::strerror(errno));
}

void check_filters(hid_t creation, const Hdf5Place& place) {
  const int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0, config = 0;
    std::size_t value_count = 0;
    char name[64] = "";
    const H5Z_filter_t filter =
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &value_count, nullptr, sizeof name, name, &config);
    if (filter < 0) throw place.library_error("its filters cannot be read");
    if (H5Zfilter_avail(filter) > 0) continue;
    throw place.error(Hdf5Problem::unsupported,
                      "is stored through the filter '" + std::string(name) + "' (number " + std::to_string(filter) +
                          "), which the HDF5 library does not have here; store it with gzip (h5py: "
                          "compression='gzip'), or name the folder of the filter's plugin in HDF5_PLUGIN_PATH");
  }
}

/// As large as a chunk, where that is larger than the library's own cache.
Hdf5Handle access_for_chunk(std::size_t chunk_bytes) {
  Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access.get(), default_chunk_cache_slots, std::max(chunk_bytes, default_chunk_cache_bytes),
                     drop_what_was_read);
  return access;
}

std::vector<hsize_t> dimensions_of(hid_t dataset, const Hdf5Place& place) {
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (rank < 0) throw place.library_error("its size cannot be read");
  std::vector<hsize_t> dimensions(static_cast<std::size_t>(rank));
  if (rank > 0 && H5Sget_simple_extent_dims(space.get(), dimensions.data(), nullptr) < 0)
    throw place.library_error("its size cannot be read");
  return dimensions;
}

herr_t keep_link(hid_t, const char* name, const H5L_info_t* info, void* kept) {
  static_cast<std::vector<Hdf5Link>*>(kept)->push_back({name, info->type == H5L_TYPE_HARD});
  return 0;
}
}  // namespace

Hdf5Handle open_hdf5_file(const std::string& path) {
  silence_hdf5();
  const Hdf5Place place{path, {}};
  check_is_readable(place);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (file) return file;
  const Hdf5Error error = place.library_error("cannot be opened as HDF5");
  if (H5Fis_hdf5(path.c_str()) > 0) throw error;
  throw place.error(Hdf5Problem::cannot_open,
                    "is no HDF5 file: it does not begin as one; take it out of the input's 'path', or name its format");
}

Hdf5Dataset open_hdf5_dataset(hid_t file, const Hdf5Place& place) {
  Hdf5Dataset dataset;
  dataset.handle = Hdf5Handle(H5Dopen2(file, place.dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.handle) throw place.library_error("cannot be opened");
  dataset.dimensions = dimensions_of(dataset.handle.get(), place);
  const Hdf5Handle creation(H5Dget_create_plist(dataset.handle.get()), H5Pclose);
  if (!creation) throw place.library_error("its layout cannot be read");
  check_filters(creation.get(), place);
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  if (layout == H5D_VIRTUAL)
    throw place.error(Hdf5Problem::unsupported,
                      "is a virtual dataset, where rows of a missing file look like zeros; name the files that it is "
                      "made of as the input's 'path'");
  if (layout != H5D_CHUNKED || dataset.dimensions.empty()) return dataset;
  std::vector<hsize_t> chunk(dataset.dimensions.size());
  if (H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) < 0)
    throw place.library_error("its chunks cannot be read");
  dataset.chunk_rows = chunk.front();
  const Hdf5Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  std::size_t chunk_bytes = type ? 2 * H5Tget_size(type.get()) : 0;  // a text of any length takes 16 bytes, not its 8
  for (const hsize_t extent : chunk) chunk_bytes *= extent;          // the format has no chunk above 4 GiB
  if (chunk_bytes <= default_chunk_cache_bytes) return dataset;
  dataset.handle = Hdf5Handle(H5Dopen2(file, place.dataset.c_str(), access_for_chunk(chunk_bytes).get()), H5Dclose);
  if (!dataset.handle) throw place.library_error("cannot be opened");
  return dataset;
}

std::vector<Hdf5Link> hdf5_links(hid_t group, const Hdf5Place& place) {
  const Hdf5Handle creation(H5Gget_create_plist(group), H5Pclose);
  unsigned order = 0;
  if (creation) H5Pget_link_creation_order(creation.get(), &order);
  const H5_index_t index = (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  std::vector<Hdf5Link> links;
  if (H5Literate(group, index, H5_ITER_INC, nullptr, keep_link, &links) < 0)
    throw place.library_error("its members cannot be read");
  return links;
}

}  // namespace prs
