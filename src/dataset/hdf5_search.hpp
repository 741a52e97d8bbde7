#pragma once

#include "dataset/hdf5_error.hpp"
#include "dataset/hdf5_handle.hpp"

namespace prs {

/// The dataset or group of a file that is meant.
struct Hdf5Found {
  Hdf5Place place;
  bool is_group = false;
};

/// By the place's dataset; where that is empty, the only one there is (hdf5_table.hpp says how). Throws Hdf5Error,
/// which lists what the file has.
Hdf5Found find_hdf5_dataset(hid_t file, const Hdf5Place& place);

}  // namespace prs
