#include <unistd.h>

#include <filesystem>
#include <functional>

#include "hdf5_reading.hpp"
#include "support/posix_io.hpp"

namespace prs::test {
namespace {

/// What opening and reading it whole says.
class Hdf5MessageTest : public Hdf5FileTest {
 protected:
  void expect(Hdf5Problem problem, const std::string& part, const std::string& dataset = {},
              const std::vector<std::string>& columns = {}) {
    try {
      all_rows(table(dataset, columns));
      ADD_FAILURE() << "no error; expected: " << part;
    } catch (const Hdf5Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(error.problem(), problem) << text;
      EXPECT_TRUE(text.starts_with(path_ + ": ")) << text;
      EXPECT_NE(text.find(part), std::string::npos) << text << "\nexpected: " << part;
      if (!dataset.empty()) {
        EXPECT_NE(text.find(dataset), std::string::npos) << text;
      }
    }
  }
  void damage(const std::function<void(std::string&)>& change) {
    writer_.reset();
    std::string bytes = read_file(path_);
    change(bytes);
    write_file_atomically(path_, bytes);
  }
};

TEST_F(Hdf5MessageTest, AFileThatIsNotThereOrNoHdf5) {
  expect(Hdf5Problem::cannot_open, "No such file or directory");
  write_file_atomically(path_, "a,b\n1,2\n");
  expect(Hdf5Problem::cannot_open, "is no HDF5 file");
  write_file_atomically(path_, "");
  expect(Hdf5Problem::cannot_open, "is no HDF5 file");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  expect(Hdf5Problem::cannot_open, "is no HDF5 file");
}

TEST_F(Hdf5MessageTest, AFileThatWasCutAnywhere) {
  write_people(new_file(), "/people", {{1, "a", "b", 1, 2}, {3, "c", "d", 0, 4}}, {{1}, 1, true, false});
  writer_.reset();
  const std::string whole = read_file(path_);
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    write_file_atomically(path_, whole.substr(0, length));
    EXPECT_THROW(all_rows(table()), Hdf5Error) << length;
  }
  write_file_atomically(path_, whole.substr(0, whole.size() - 1));
  expect(Hdf5Problem::damaged, "truncated file");
}

TEST_F(Hdf5MessageTest, WhichDatasetIsMeant) {
  new_file().group("/g");
  writer().numbers("/g/x", {1, 2});
  writer().numbers("/y", {1});
  expect(Hdf5Problem::unclear, "Name it with 'dataset:'; it has '/g/x' (2), '/y' (1)");
  expect(Hdf5Problem::not_found, "the file has none of this name; it has '/g/x' (2), '/y' (1)", "/g/z");
  expect(Hdf5Problem::not_found, "it has '/g/x' (2)", "/nowhere/x");
  expect(Hdf5Problem::not_found, "it has '/g/x' (2)", "/y/x");
  expect(Hdf5Problem::not_found, "has no column 'z'; it has 'x'", "/g", {"z"});
}

TEST_F(Hdf5MessageTest, AFileWithManyDatasetsOrNone) {
  new_file();
  expect(Hdf5Problem::not_found, "has no dataset");
  new_file();
  for (int i = 0; i < 12; ++i) writer().numbers("/n" + std::to_string(i), numbers_from(0, static_cast<std::size_t>(i)));
  expect(Hdf5Problem::unclear, " and 4 more");
  new_file().group("/g");
  expect(Hdf5Problem::not_found, "is a group without a dataset", "/g");
}

TEST_F(Hdf5MessageTest, AGroupThatIsAMemberOfItself) {
  new_file().group("/g");
  H5Lcreate_hard(writer().file(), "/g", writer().file(), "/g/again", H5P_DEFAULT, H5P_DEFAULT);
  writer().numbers("/g/x", {1});
  writer().numbers("/y", {1});
  expect(Hdf5Problem::unclear, "'/y' (1)");
}

TEST_F(Hdf5MessageTest, ColumnsThatAreNoTable) {
  new_file().numbers("/a", {1, 2});
  writer().numbers("/b", {1, 2, 3});
  expect(Hdf5Problem::unsupported, "column 'b' has 3 values, and column 'a' has 2", "/");
  new_file().numbers("/a", {1, 2});
  const std::int64_t values[] = {1, 2, 3, 4};
  writer().dataset("/b", H5T_STD_I64LE, H5T_NATIVE_INT64, {2, 2}, values);
  expect(Hdf5Problem::unsupported, "with 'dataset: /b'", "/");
  const Hdf5Handle scalar(H5Screate(H5S_SCALAR), H5Sclose);
  H5Dclose(H5Dcreate2(new_file().file(), "/s", H5T_NATIVE_INT, scalar.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  expect(Hdf5Problem::unsupported, "is one value and has no rows", "/s");
  new_file().dataset("/a", H5T_STD_I64LE, H5T_NATIVE_INT64, {2, 2}, values);
  expect(Hdf5Problem::unsupported, "is an array, which has no columns", "/a", {"x"});
}

TEST_F(Hdf5MessageTest, TypesThatAreNotRead) {
  const Hdf5Handle list(H5Tvlen_create(H5T_NATIVE_INT), H5Tclose), opaque(H5Tcreate(H5T_OPAQUE, 8), H5Tclose);
  const hsize_t three = 3;
  const Hdf5Handle array(H5Tarray_create2(H5T_NATIVE_INT, 1, &three), H5Tclose);
  const Hdf5Handle brain(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(brain.get(), 15, 7, 8, 0, 7);
  H5Tset_size(brain.get(), 2);
  const Hdf5Handle nested(H5Tcreate(H5T_COMPOUND, 64), H5Tclose), inner(H5Tcreate(H5T_COMPOUND, 8), H5Tclose);
  H5Tinsert(inner.get(), "x", 0, H5T_NATIVE_INT);
  H5Tinsert(nested.get(), "n", 0, inner.get());
  const std::vector<std::pair<hid_t, std::string>> types = {{H5T_STD_REF_OBJ, "holds references"},
                                                            {list.get(), "holds lists of different lengths"},
                                                            {opaque.get(), "holds opaque bytes"},
                                                            {array.get(), "holds arrays"},
                                                            {brain.get(), "holds floats of 16 bits that are not"},
                                                            {H5T_NATIVE_LDOUBLE, "holds floats of 128 bits"},
                                                            {nested.get(), "column 'n' holds a compound within"}};
  for (const auto& [type, text] : types) {
    new_file().dataset("/d", type, type, {2}, nullptr);
    expect(Hdf5Problem::unsupported, text, "/d");
  }
  const Hdf5Handle text = Hdf5Writer::text_type(H5T_VARIABLE);
  new_file().dataset("/d", text.get(), text.get(), {2, 2}, nullptr);
  expect(Hdf5Problem::unsupported, "is text in 2 dimensions", "/d");
}

TEST_F(Hdf5MessageTest, AColumnWhoseNameIsNotUtf8) {
  new_file().numbers("/caf\xe9", {1});
  expect(Hdf5Problem::unsupported, "has a column whose name is not UTF-8");
}

TEST_F(Hdf5MessageTest, WhatPandasOwnWriterLeaves) {
  new_file().group("/df");
  writer().attribute("/df", "pandas_type");
  writer().numbers("/df/table", {1});
  const std::string text =
      "was written by pandas' to_hdf, whose layouts only pandas reads; write the DataFrame as Parquet";
  expect(Hdf5Problem::unsupported, "dataset '/df': " + text);
  expect(Hdf5Problem::unsupported, text, "/df");
  try {
    table("df/table");
    ADD_FAILURE() << "a dataset below it was read";
  } catch (const Hdf5Error& error) {
    EXPECT_NE(std::string(error.what()).find("dataset 'df': " + text), std::string::npos) << error.what();
  }
}

TEST_F(Hdf5MessageTest, AFilterThatTheLibraryHasNot) {
  const std::vector<hsize_t> dimensions = {4};
  const Hdf5Handle space(H5Screate_simple(1, dimensions.data(), nullptr), H5Sclose);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_chunk(creation.get(), 1, dimensions.data());
  H5Z_class2_t filter{};
  filter.version = H5Z_CLASS_T_VERS;
  filter.id = 300;
  filter.encoder_present = filter.decoder_present = 1;
  filter.name = "squeeze";
  filter.filter = [](unsigned, std::size_t, const unsigned*, std::size_t bytes, std::size_t*, void**) { return bytes; };
  Hdf5Writer::checked(H5Zregister(&filter));
  H5Pset_filter(creation.get(), filter.id, H5Z_FLAG_MANDATORY, 0, nullptr);
  H5Dclose(H5Dcreate2(new_file().file(), "/d", H5T_NATIVE_INT, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  writer_.reset();
  Hdf5Writer::checked(H5Zunregister(filter.id));
  expect(Hdf5Problem::unsupported, "is stored through the filter 'squeeze' (number 300)", "/d");
}

TEST_F(Hdf5MessageTest, AVirtualDataset) {
  const hsize_t four = 4;
  const Hdf5Handle space(H5Screate_simple(1, &four, nullptr), H5Sclose),
      creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  Hdf5Writer::checked(H5Pset_virtual(creation.get(), space.get(), "other.h5", "/x", space.get()));
  H5Dclose(H5Dcreate2(new_file().file(), "/d", H5T_NATIVE_INT, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  expect(Hdf5Problem::unsupported, "is a virtual dataset", "/d");
}

TEST_F(Hdf5MessageTest, AChunkWhoseChecksumDoesNotFit) {
  new_file().numbers("/d", numbers_from(0x1122334455667788, 64), {{64}, 0, false, true});
  damage([](std::string& bytes) {
    const std::size_t at = bytes.find("\x88\x77\x66\x55");
    ASSERT_NE(at, std::string::npos);
    bytes[at] ^= 1;
  });
  expect(Hdf5Problem::damaged, "rows 0 to 64 cannot be read: data error detected by Fletcher32 checksum");
}

TEST_F(Hdf5MessageTest, AChunkThatDoesNotDecompress) {
  new_file().numbers("/d", numbers_from(0, 4096), {{4096}, 6, false, false});
  damage([](std::string& bytes) {
    const std::size_t at = bytes.find("\x78\x9c");
    ASSERT_NE(at, std::string::npos);
    for (std::size_t i = 2; i < 64; ++i) bytes[at + i] = '\xff';
  });
  expect(Hdf5Problem::damaged, "inflate() failed");
}

TEST_F(Hdf5MessageTest, RowsThatAreNoMoreThere) {
  new_file().numbers("/d", {1, 2, 3});
  const Hdf5Table read = table();
  HeapMemory memory;
  EXPECT_THROW(read.read_rows(2, 4, memory), Hdf5Error);
  EXPECT_THROW(read.read_rows(2, 1, memory), Hdf5Error);
  EXPECT_EQ(memory.bytes(), 0u);
}

TEST_F(Hdf5MessageTest, TheLibraryPrintsNothing) {
  write_file_atomically(path_, "no HDF5");
  ::testing::internal::CaptureStderr();
  expect(Hdf5Problem::cannot_open, "is no HDF5 file");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace prs::test
