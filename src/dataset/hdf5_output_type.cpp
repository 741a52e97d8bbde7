#include "dataset/hdf5_output_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "dataset/hdf5_error.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// What the library needs for a text of its own length: 16 bytes in the dataset, as many in a heap, and padding.
constexpr std::uint64_t bytes_around_text = 32;
constexpr std::uint64_t text_reference_bytes = 16;

Hdf5Handle copy_of(hid_t type) {
  return {H5Tcopy(type), H5Tclose};
}

hid_t number_type(std::string_view word) {
  if (word == "int8") return H5T_STD_I8LE;
  if (word == "int16") return H5T_STD_I16LE;
  if (word == "int32") return H5T_STD_I32LE;
  if (word == "uint8") return H5T_STD_U8LE;
  if (word == "uint16") return H5T_STD_U16LE;
  if (word == "uint32") return H5T_STD_U32LE;
  if (word == "uint64") return H5T_STD_U64LE;
  if (word == "float32") return H5T_IEEE_F32LE;
  if (word == "float64") return H5T_IEEE_F64LE;
  const bool is_whole = word == "int64" || word.starts_with("datetime64[") || word.starts_with("timedelta64[");
  PRS_INVARIANT(is_whole && "prs_hdf5_columns.py names no other types");
  return H5T_STD_I64LE;
}

Hdf5Handle bool_type() {
  Hdf5Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type.get(), "FALSE", &no);
  H5Tenum_insert(type.get(), "TRUE", &yes);
  return type;
}

/// IEEE 754's binary16, for which older libraries have no name.
Hdf5Handle half_type() {
  Hdf5Handle type = copy_of(H5T_IEEE_F32LE);
  H5Tset_fields(type.get(), 15, 10, 5, 0, 10);
  H5Tset_size(type.get(), 2);
  H5Tset_ebias(type.get(), 15);
  return type;
}

Hdf5Handle complex_type(hid_t part) {
  const std::size_t bytes = H5Tget_size(part);
  Hdf5Handle type(H5Tcreate(H5T_COMPOUND, 2 * bytes), H5Tclose);
  H5Tinsert(type.get(), "r", 0, part);
  H5Tinsert(type.get(), "i", bytes, part);
  return type;
}

Hdf5Handle text_type(std::size_t bytes) {
  Hdf5Handle type = copy_of(H5T_C_S1);
  H5Tset_size(type.get(), bytes);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  if (bytes != H5T_VARIABLE) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);  // numpy's
  return type;
}

Hdf5OutputType with_size(Hdf5Handle type) {
  const std::uint64_t bytes = H5Tget_size(type.get());
  return {std::move(type), bytes, false};
}

/// "us" of "datetime64[us, Europe/Berlin]", and the zone.
struct TimeWords {
  std::string unit, zone;
};
TimeWords time_words(const std::string& type) {
  const std::size_t begin = type.find('[') + 1, end = type.rfind(']'), comma = std::min(type.find(", "), end);
  TimeWords words{type.substr(begin, comma - begin), {}};
  if (comma != end) words.zone = type.substr(comma + 2, end - comma - 2);
  return words;
}

std::string name_of_unit(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> names = {
      {{"s", "seconds"}, {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"}}};
  for (const auto& [word, name] : names)
    if (word == unit) return std::string(name);
  PRS_INVARIANT(false && "pandas has no other units");
}

void write_attribute(hid_t object, const char* name, hid_t type, const void* value, const std::string& path) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute || H5Awrite(attribute.get(), type, value) < 0) throw_hdf5_write_error(path);
}

/// Of a failed write the library says much, and within it: error message = 'No space left on device'
std::string reason_within(const std::string& complaint) {
  constexpr std::string_view before = "error message = '";
  const std::size_t found = complaint.find(before);
  if (found == std::string::npos) return complaint;
  const std::size_t begin = found + before.size();
  return complaint.substr(begin, complaint.find('\'', begin) - begin);
}

}  // namespace

Hdf5OutputType hdf5_output_type(const Hdf5ColumnPlan& plan) {
  if (plan.is_text()) {
    const std::uint64_t bytes = std::max<std::uint64_t>(plan.longest_bytes, 1);
    if (bytes <= bytes_around_text || (bytes - bytes_around_text) * plan.rows <= plan.text_bytes)
      return with_size(text_type(bytes));
    return {text_type(H5T_VARIABLE), text_reference_bytes, true};
  }
  if (plan.type == "bool") return with_size(bool_type());
  if (plan.type == "float16") return with_size(half_type());
  if (plan.type == "complex64") return with_size(complex_type(H5T_IEEE_F32LE));
  if (plan.type == "complex128") return with_size(complex_type(H5T_IEEE_F64LE));
  return with_size(copy_of(number_type(plan.type)));
}

void describe_times(hid_t dataset, const std::string& type, const std::string& path) {
  const bool is_date = type.starts_with("datetime64["), is_time = is_date || type.starts_with("timedelta64[");
  if (!is_time) return;
  const TimeWords words = time_words(type);
  const std::int64_t missing = std::numeric_limits<std::int64_t>::min();  // numpy's NaT
  write_attribute(dataset, "_FillValue", H5T_NATIVE_INT64, &missing, path);
  write_text_attribute(dataset, "units", name_of_unit(words.unit) + (is_date ? " since 1970-01-01 00:00:00" : ""),
                       path);
  if (is_date) write_text_attribute(dataset, "calendar", "proleptic_gregorian", path);
  if (!words.zone.empty()) write_text_attribute(dataset, "time_zone", words.zone, path);
}

void write_text_attribute(hid_t object, const char* name, const std::string& text, const std::string& path) {
  write_attribute(object, name, text_type(text.size()).get(), text.data(), path);
}

void throw_hdf5_write_error(const std::string& path) {
  throw InfrastructureError("cannot write " + path + ": " + reason_within(hdf5_complaint()));
}

}  // namespace prs
