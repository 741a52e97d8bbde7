#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "dataset/hdf5_handle.hpp"
#include "support/errors.hpp"

namespace prs::test {

/// How a dataset is stored.
struct Hdf5Storage {
  std::vector<hsize_t> chunk = {};  ///< empty: contiguous
  int gzip = 0;
  bool has_shuffle = false, has_checksum = false;
};

/// Makes an HDF5 file by the C library. A call that the library refuses ends the test.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::string& path)
      : file_(checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)), H5Fclose) {}

  hid_t file() const { return file_.get(); }

  void group(const std::string& path, bool has_creation_order = false) {
    const Hdf5Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    if (has_creation_order) checked(H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED));
    checked(H5Gclose(checked(H5Gcreate2(file(), path.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT))));
  }

  /// `values`: as `memory_type` says; null: nothing is written.
  void dataset(const std::string& path, hid_t file_type, hid_t memory_type, const std::vector<hsize_t>& dimensions,
               const void* values, const Hdf5Storage& storage = {}) {
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    std::vector<hsize_t> chunk = storage.chunk;
    for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = std::min(chunk[i], dimensions[i]);
    if (!chunk.empty()) checked(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()));
    if (storage.has_shuffle) checked(H5Pset_shuffle(creation.get()));
    if (storage.gzip > 0) checked(H5Pset_deflate(creation.get(), static_cast<unsigned>(storage.gzip)));
    if (storage.has_checksum) checked(H5Pset_fletcher32(creation.get()));
    const Hdf5Handle made(
        checked(H5Dcreate2(file(), path.c_str(), file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT)),
        H5Dclose);
    if (values != nullptr) checked(H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  }

  void numbers(const std::string& path, const std::vector<std::int64_t>& values, const Hdf5Storage& storage = {}) {
    dataset(path, H5T_STD_I64LE, H5T_NATIVE_INT64, {values.size()}, values.data(), storage);
  }
  void texts(const std::string& path, const std::vector<std::string>& values, const Hdf5Storage& storage = {}) {
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    const Hdf5Handle type = text_type(H5T_VARIABLE);
    dataset(path, type.get(), type.get(), {values.size()}, pointers.data(), storage);
  }
  void attribute(const std::string& object, const std::string& name) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    checked(H5Aclose(checked(H5Acreate_by_name(file(), object.c_str(), name.c_str(), H5T_NATIVE_INT, space.get(),
                                               H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT))));
  }

  static Hdf5Handle text_type(std::size_t bytes, H5T_str_t padding = H5T_STR_NULLPAD) {
    Hdf5Handle type(checked(H5Tcopy(H5T_C_S1)), H5Tclose);
    checked(H5Tset_size(type.get(), bytes));
    checked(H5Tset_cset(type.get(), H5T_CSET_UTF8));
    if (bytes != H5T_VARIABLE) checked(H5Tset_strpad(type.get(), padding));
    return type;
  }
  /// As h5py has it.
  static Hdf5Handle bool_type() {
    Hdf5Handle type(checked(H5Tenum_create(H5T_NATIVE_INT8)), H5Tclose);
    const signed char no = 0, yes = 1;
    checked(H5Tenum_insert(type.get(), "FALSE", &no));
    checked(H5Tenum_insert(type.get(), "TRUE", &yes));
    return type;
  }

  template <typename Result>
  static Result checked(Result result) {
    PRS_INVARIANT(result >= 0 && "the HDF5 library refused what a test writes");
    return result;
  }

 private:
  Hdf5Handle file_;
};

/// A row of what write_people() makes.
struct Person {
  std::int32_t age;
  char name[8];
  const char* city;
  signed char is_member;
  double height;
};

/// A compound with a fixed text, one of any length, and a boolean. The name is padded with blanks, as Fortran does.
inline void write_people(Hdf5Writer& writer, const std::string& path, const std::vector<Person>& people,
                         const Hdf5Storage& storage = {}) {
  const Hdf5Handle text = Hdf5Writer::text_type(H5T_VARIABLE), yes_no = Hdf5Writer::bool_type(),
                   name = Hdf5Writer::text_type(sizeof Person::name, H5T_STR_SPACEPAD);
  const Hdf5Handle type(Hdf5Writer::checked(H5Tcreate(H5T_COMPOUND, sizeof(Person))), H5Tclose);
  H5Tinsert(type.get(), "age", HOFFSET(Person, age), H5T_NATIVE_INT32);
  H5Tinsert(type.get(), "name", HOFFSET(Person, name), name.get());
  H5Tinsert(type.get(), "city", HOFFSET(Person, city), text.get());
  H5Tinsert(type.get(), "is_member", HOFFSET(Person, is_member), yes_no.get());
  H5Tinsert(type.get(), "height", HOFFSET(Person, height), H5T_NATIVE_DOUBLE);
  writer.dataset(path, type.get(), type.get(), {people.size()}, people.data(), storage);
}

}  // namespace prs::test
