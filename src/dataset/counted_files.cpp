#include "dataset/counted_files.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "dataset/input_path.hpp"
#include "support/humane.hpp"

namespace prs {

std::uint64_t size_of_file(const std::string& input, const char* path) {
  struct stat status;
  if (::stat(path, &status) != 0) throw unreadable_error(input, path, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void CountedFiles::add(std::string_view path) {
  if (count_++ == 0) first_ = printable(path);
}

std::string CountedFiles::warning(const std::string& input, std::string_view one, std::string_view many) const {
  return "input '" + input + "': " + counted(count_, one, many) + (count_ == 1 ? ": '" : ", the first is '") + first_ +
         "'";
}

std::string warning_of_unreadable(const CountedFiles& files, const std::string& input) {
  return files.warning(input, "file is no whole Parquet file, and its mini-batch fails",
                       "files are no whole Parquet files, and their mini-batches fail");
}

std::string warning_of_uncounted(const CountedFiles& files, const std::string& input) {
  return files.warning(input, "HDF5 file cannot be read, and its mini-batch fails",
                       "HDF5 files cannot be read, and their mini-batches fail");
}

}  // namespace prs
