#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace prs::test {

/// The bytes of rows as prs_hdf5_columns.py makes them: whole numbers and texts, in the columns `number` and `text`.
class ColumnRows {
 public:
  void block(const std::vector<std::int64_t>& numbers, const std::vector<std::string>& texts) {
    std::uint64_t longest = 0;
    std::string lengths, all;
    for (const std::string& text : texts) {
      longest = std::max<std::uint64_t>(longest, text.size());
      add(lengths, text.size(), 4);
      all += text;
    }
    std::string values;
    for (const std::int64_t number : numbers) add(values, static_cast<std::uint64_t>(number), 8);
    bytes_ += std::string("PRSCOLS\x01", 8);
    for (const std::uint64_t number : {std::uint64_t{numbers.size()}, std::uint64_t{8}, std::uint64_t{values.size()},
                                       longest, std::uint64_t{lengths.size() + all.size()}})
      add(bytes_, number, 8);
    bytes_ += values + lengths + all;
    block_ends_.push_back(bytes_.size());
  }
  const std::string& bytes() const { return bytes_; }
  /// Where a file may end.
  const std::vector<std::size_t>& block_ends() const { return block_ends_; }

  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  static void add(std::string& bytes, std::uint64_t number, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
  }

  std::string bytes_ = "{\"number\": \"int64\", \"text\": \"str\"}\n";
  std::vector<std::size_t> block_ends_{bytes_.size()};
};

}  // namespace prs::test
