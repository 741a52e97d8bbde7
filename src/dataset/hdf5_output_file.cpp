#include "dataset/hdf5_output_file.hpp"

#include <algorithm>

#include "dataset/hdf5_error.hpp"

namespace prs {
namespace {

/// The library's cache holds a chunk of 1 MiB of each dataset. Of many columns all chunks together are to fit memory.
constexpr std::uint64_t most_chunk_bytes = 1 << 20, least_chunk_bytes = 16 << 10, all_chunks_bytes = 256 << 20;

std::uint64_t chunk_bytes_of(std::size_t columns) {
  return std::clamp(all_chunks_bytes / std::max<std::uint64_t>(columns, 1), least_chunk_bytes, most_chunk_bytes);
}

Hdf5Handle make_file(const std::string& path) {
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose), access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(creation.get(), false);
  H5Pset_file_locking(access.get(), false, true);  // nobody else knows its name, and some file systems have no locks
  Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file) throw_hdf5_write_error(path);
  return file;
}

}  // namespace

Hdf5OutputFile::Hdf5OutputFile(const std::string& path, const std::string& mark,
                               const std::vector<Hdf5ColumnPlan>& plans)
    : path_(path) {
  silence_hdf5();
  file_ = make_file(path);
  const Hdf5Handle root(H5Gopen2(file_.get(), "/", H5P_DEFAULT), H5Gclose);
  if (!root) throw_hdf5_write_error(path);
  write_text_attribute(root.get(), "prs_mpi.rows", mark, path);
  columns_.reserve(plans.size());
  for (const Hdf5ColumnPlan& plan : plans) columns_.emplace_back(file_.get(), path, plan, chunk_bytes_of(plans.size()));
}

void Hdf5OutputFile::finish() {
  for (Hdf5OutputColumn& column : columns_) column.finish();
  if (H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) < 0 || H5Fclose(file_.release()) < 0) throw_hdf5_write_error(path_);
}

}  // namespace prs
