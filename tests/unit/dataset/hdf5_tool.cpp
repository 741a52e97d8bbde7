// For tests in Python (tests/python/test_hdf5.py), on a machine without h5py too.
//   hdf5_tool make FILE                      one file with people, a group of columns, and an array
//   hdf5_tool read FILE DATASET BEGIN END    rows as the loader gives them, on standard output; END -1: all.
//                                            An Hdf5Error goes to standard error, exit status 1
//   hdf5_tool describe FILE DATASET          kind, rows and bytes of a row
//   hdf5_tool layout FILE DATASET            its columns as JSON

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "hdf5_reading.hpp"
#include "support/posix_io.hpp"

namespace prs::test {
namespace {
void make(const std::string& path) {
  Hdf5Writer writer(path);
  write_people(writer, "/people", {{31, "Anna", "Oslo", 1, 1.5}, {-4, "Bö", "", 0, -2.0}, {77, "", "Zürich", 1, 0.25}},
               {{2}, 6, true, false});
  writer.group("/g", true);
  writer.numbers("/g/z", numbers_from(10, 5), {{2}, 6, true, true});
  writer.texts("/g/a", {"plain", "text", "only", "", "here"});
  const std::vector<float> values = {0, 1, 2, 3, 4, 5};
  writer.dataset("/array", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, {3, 2}, values.data());
  writer.texts("/latin", {"ok", "caf\xe9"});
}

void read(const Hdf5Table& table, const std::string& begin, const std::string& end) {
  HeapMemory memory;
  const std::size_t bytes =
      table.read_rows(std::stoull(begin), end == "-1" ? table.description().rows : std::stoull(end), memory);
  write_all(STDOUT_FILENO, {memory.data(), bytes}, "standard output");
}

void describe(const Hdf5Table& table) {
  const bool is_array = table.description().kind == Hdf5Kind::array;
  const Hdf5RowSize size = table.row_size();
  std::printf("%s %llu %llu\n", is_array ? "array" : "table", static_cast<unsigned long long>(table.description().rows),
              static_cast<unsigned long long>(size.bytes));
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "make") return make(words[1]), 0;
  if (words.size() == 5 && words[0] == "read") return read(Hdf5Table({words[1], words[2]}), words[3], words[4]), 0;
  if (words.size() == 3 && words[0] == "describe") return describe(Hdf5Table({words[1], words[2]})), 0;
  if (words.size() == 3 && words[0] == "layout") return std::puts(Hdf5Table({words[1], words[2]}).layout().c_str()), 0;
  return 2;
}
}  // namespace
}  // namespace prs::test

int main(int argc, char** argv) {
  try {
    return prs::test::run({argv + 1, argv + argc});
  } catch (const prs::Hdf5Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
