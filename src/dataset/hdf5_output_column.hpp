#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/hdf5_output_type.hpp"

namespace prs {

/// One column of a row file: a dataset of one dimension, in chunks, written from its first row to its last one. Holds
/// the values of about one chunk.
class Hdf5OutputColumn {
 public:
  /// Makes the dataset. `file` stays open for longer. `path`: of the file, for messages. Throws InfrastructureError.
  Hdf5OutputColumn(hid_t file, const std::string& path, const Hdf5ColumnPlan& plan, std::uint64_t chunk_bytes);
  /// `data`: the next values, little-endian; of texts, first the length of each in 4 bytes, then all of them.
  void append(std::uint64_t rows, std::string_view data);
  /// All rows of the plan were appended: writes what is left and closes the dataset.
  void finish();

 private:
  void append_values(std::string_view data);
  void append_texts(std::uint64_t rows, std::string_view data);
  void append_text(std::string_view text);
  void write_gathered();

  std::string path_;
  std::uint64_t rows_ = 0;  ///< of the plan
  bool is_text_ = false;
  std::uint64_t chunk_rows_ = 0;
  Hdf5OutputType type_;
  Hdf5Handle dataset_;
  std::uint64_t written_ = 0;   ///< rows
  std::uint64_t gathered_ = 0;  ///< rows behind them
  std::string bytes_;           ///< of what is gathered; texts of any length end in NUL
  std::vector<std::size_t> text_begins_;
};

}  // namespace prs
