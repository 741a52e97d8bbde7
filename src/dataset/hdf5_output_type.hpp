#pragma once

#include <cstdint>
#include <string>

#include "dataset/hdf5_handle.hpp"

namespace prs {

/// What is known of a column of a row file before its first value is written.
struct Hdf5ColumnPlan {
  std::string name;  ///< UTF-8
  std::string type;  ///< as script/python/prs_hdf5_columns.py names it: "int64", "str", "datetime64[us, Europe/Berlin]"
  std::uint64_t rows = 0;
  std::uint64_t longest_bytes = 0;  ///< of a text
  std::uint64_t text_bytes = 0;     ///< of all texts together

  bool is_text() const { return type == "str"; }
};

/// How the values of a column stand in the file, and as what they are handed over: their bytes are the same.
struct Hdf5OutputType {
  Hdf5Handle handle;
  std::uint64_t value_bytes = 0;  ///< of text of any length, what says where it lies
  bool has_any_length = false;    ///< texts, each with its own length
};

/// Texts get the length of the longest one, or each its own where that takes less room. Booleans and complex numbers
/// are as h5py has them.
Hdf5OutputType hdf5_output_type(const Hdf5ColumnPlan& plan);

/// Says of a dataset of times what its whole numbers are: the CF conventions' attributes. Nothing, for other columns.
/// `path`: of the file, for messages. Throws InfrastructureError.
void describe_times(hid_t dataset, const std::string& type, const std::string& path);
void write_text_attribute(hid_t object, const char* name, const std::string& text, const std::string& path);

/// InfrastructureError: "cannot write PATH: why". Only right after the library's failed call, before anything is
/// closed.
[[noreturn]] void throw_hdf5_write_error(const std::string& path);

}  // namespace prs
