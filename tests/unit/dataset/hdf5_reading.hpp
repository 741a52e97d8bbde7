#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataset/hdf5_table.hpp"
#include "hdf5_writer.hpp"
#include "support/little_endian.hpp"
#include "support/temporary_folder.hpp"

namespace prs::test {

/// Memory to the byte, so that a sanitizer sees what lies behind it touched; moves whenever it grows.
class HeapMemory final : public Hdf5Memory {
 public:
  char* resize(std::size_t bytes) override {
    void* grown = nullptr;
    PRS_INVARIANT(::posix_memalign(&grown, hdf5_block_alignment_bytes, std::max<std::size_t>(bytes, 1)) == 0);
    std::memset(grown, 0, bytes);
    if (bytes_ > 0) std::memcpy(grown, data_.get(), std::min(bytes, bytes_));
    data_.reset(static_cast<char*>(grown));
    bytes_ = bytes;
    return data_.get();
  }
  const char* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> data_;
  std::size_t bytes_ = 0;
};

/// Rows as they were read, looked at through the directory at their end.
class ReadRows {
 public:
  ReadRows(const Hdf5Table& table, std::uint64_t begin, std::uint64_t end) {
    const std::size_t bytes = table.read_rows(begin, end, memory_);
    EXPECT_EQ(bytes, memory_.bytes());
    const char* const length_at = memory_.data() + bytes - 16;
    EXPECT_EQ(std::string(length_at + 8, 8), std::string(hdf5_memory_magic, 8));
    const std::size_t length = get_little_endian<8>(length_at);
    directory_ = nlohmann::json::parse(length_at - length, length_at);
    EXPECT_EQ(directory_["rows"], end - begin);
  }

  const HeapMemory& memory() const { return memory_; }
  const nlohmann::json& column(const std::string& name) const {
    for (const nlohmann::json& column : directory_["columns"])
      if (column["name"] == name) return column;
    throw std::out_of_range("no column " + name);
  }
  template <typename Value>
  std::vector<Value> values(const std::string& name) const {
    const nlohmann::json& described = column(name);
    const std::size_t offset = described["offset"], bytes = described["bytes"];
    EXPECT_EQ(offset % hdf5_block_alignment_bytes, 0u);
    EXPECT_EQ(bytes % sizeof(Value), 0u);
    std::vector<Value> values(bytes / sizeof(Value));
    if (bytes > 0) std::memcpy(values.data(), memory_.data() + offset, bytes);
    return values;
  }
  std::vector<std::string> texts(const std::string& name) const {
    const auto ends = values<std::int64_t>(name);
    const std::size_t begin = column(name)["text_offset"];
    std::vector<std::string> texts;
    for (std::size_t row = 0; row + 1 < ends.size(); ++row)
      texts.emplace_back(memory_.data() + begin + ends[row], ends[row + 1] - ends[row]);
    return texts;
  }

 private:
  HeapMemory memory_;
  nlohmann::json directory_;
};

/// One file at a time, made and then read: it is closed before.
class Hdf5FileTest : public ::testing::Test {
 protected:
  Hdf5Writer& new_file() { return writer_.emplace(path_); }
  Hdf5Writer& writer() { return *writer_; }
  Hdf5Table table(const std::string& dataset = {}, const std::vector<std::string>& columns = {},
                  const std::vector<std::string>& dropped_columns = {}) {
    writer_.reset();
    return Hdf5Table({path_, dataset, columns, dropped_columns});
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("data.h5");
  std::optional<Hdf5Writer> writer_;
};

inline ReadRows all_rows(const Hdf5Table& table) {
  return {table, 0, table.description().rows};
}

inline std::vector<std::string> column_names(const Hdf5Table& table) {
  std::vector<std::string> names;
  for (const Hdf5Column& column : table.description().columns) names.push_back(column.name);
  return names;
}

inline std::vector<std::int64_t> numbers_from(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = first + static_cast<std::int64_t>(i);
  return numbers;
}

}  // namespace prs::test
