#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prs {

/// In bytes, links followed. Throws UserError that names the input and the file.
std::uint64_t size_of_file(const std::string& input, const char* path);

/// Files of one kind that people should know of: how many of an input, and which is the first.
class CountedFiles {
 public:
  void add(std::string_view path);
  std::uint64_t count() const { return count_; }
  /// `input 'trips': 2 files are empty, the first is '/data/a.csv'`, of `one` and `many` such as "file is empty" and
  /// "files are empty".
  std::string warning(const std::string& input, std::string_view one, std::string_view many) const;

 private:
  std::uint64_t count_ = 0;
  std::string first_;
};

/// What people are told of Parquet files whose footers cannot be read.
std::string warning_of_unreadable(const CountedFiles& files, const std::string& input);
/// The same of HDF5 files whose rows cannot be counted; they were added with what is wrong with them.
std::string warning_of_uncounted(const CountedFiles& files, const std::string& input);

}  // namespace prs
