#pragma once

#include <cstddef>
#include <string>

#include "dataset/hdf5_error.hpp"
#include "dataset/hdf5_handle.hpp"

namespace prs {

/// The type of one value: what it is in the file, and what the library makes of it in memory, in this machine's order.
struct Hdf5Type {
  std::string dtype;             ///< numpy's: "<i4", "<f2", "<c16", "|b1", "|S7"; "str" for text of any length
  Hdf5Handle memory;             ///< what to read it as
  std::size_t file_bytes = 0;    ///< of one value in the file; of text of any length, what says where it lies
  std::size_t memory_bytes = 0;  ///< of one value in memory

  bool is_text() const { return dtype == "str"; }
  bool is_bool() const { return dtype == "|b1"; }
};

/// Of a type in a file. `whose` begins the message: "column 'x' ". Throws Hdf5Error, unsupported.
Hdf5Type hdf5_type_of(hid_t file_type, const Hdf5Place& place, const std::string& whose);

/// A compound that is neither a complex number nor another single value: its members are columns.
bool is_hdf5_record(hid_t file_type);

}  // namespace prs
