#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/growing_array.hpp"
#include "dataset/input_paths.hpp"
#include "dataset/path_keys.hpp"
#include "dataset/plan.hpp"
#include "dataset/row_cut.hpp"
#include "dataset/row_group_cut.hpp"
#include "model/table_options.hpp"

namespace prs {

struct GatheredFiles;

struct PartitionInput {
  InputPaths paths;
  std::string partition_format;       ///< empty: `key=value` folders
  std::optional<TableOptions> table;  ///< else its items are files
};

/// The mini-batches of a run over input that is partitioned by path (rule 3.6): one for each combination of values of
/// the chosen keys, of whole files, in the byte order of the values. Rank 0's only. Holds the paths once, in the order
/// of the mini-batches, 8 bytes for each mini-batch, and 16 for each file of a table.
class PartitionPlan final : public Plan {
 public:
  struct Options {
    std::vector<std::string> keys = {};          ///< partition_keys: one at least
    std::string left_out_folder = {};            ///< the run folder (absolute; empty: none)
    std::function<void()> between_folders = {};  ///< called now and then while listing; may throw to end the planning
    ReadFooters read_footers = {};               ///< wanted where an input is Parquet
    CountRows count_rows = {};                   ///< wanted where an input is HDF5
    /// Paths of one mini-batch, their NULs included: on their way to the script they are counted in 32 bits.
    std::uint64_t most_bytes_of_mini_batch = std::uint64_t{2} << 30;
  };

  /// Lists the inputs. Throws UserError naming the path that matched nothing (rule 3.7) or that does not fit the form,
  /// the key that no path has, or one that is a date for one input and a text for another.
  static PartitionPlan make(const std::vector<PartitionInput>& inputs, const Options& options);

  std::uint64_t mini_batch_count() const override { return mini_batch_count_; }
  std::uint64_t item_count() const { return item_count_; }
  std::string content_text() const override;
  MiniBatchItems items_of(MiniBatchIndex index) const override;
  std::string key_values_of(MiniBatchIndex index) const override;
  std::uint32_t item_count_of(MiniBatchIndex index) const override { return prs::item_count(items_of(index)); }
  const std::string& input_name_of(MiniBatchIndex index) const override;
  std::uint64_t fingerprint() const override { return fingerprint_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  std::size_t memory_bytes() const override;

 private:
  /// The files of one input, in the order of their mini-batches.
  struct Part {
    std::string input;
    std::optional<PathKeys> keys;
    bool is_table = false;
    PieceUnit unit = PieceUnit::bytes;        ///< of a table
    GrowingArray<char> paths;                 ///< each followed by a NUL
    GrowingArray<std::uint64_t> starts;       ///< where each mini-batch begins in `paths`
    GrowingArray<std::uint64_t> sizes;        ///< of the files of a table: bytes; else rows, or `unreadable`
    GrowingArray<std::uint64_t> first_files;  ///< of a table's mini-batches: the number of their first file
    std::uint64_t first_file = 0;             ///< the number of the one that is first in the order of the paths
    std::uint64_t first_mini_batch = 0;
  };
  /// The files of one mini-batch.
  struct Slice {
    const Part& part;
    std::size_t place = 0;   ///< of the mini-batch in its part
    std::string_view paths;  ///< each followed by a NUL
  };
  class Sorting;

  void add_part(const PartitionInput& input, GatheredFiles files, const Options& options);
  /// Of each path, in order, as a part has them.
  std::vector<std::uint64_t> sizes_of(const Part& part, std::string_view paths, const Options& options);
  /// The same of a table of rows. Warns of what cannot be read.
  std::vector<std::uint64_t> rows_of(const Part& part, std::string_view paths, const Options& options);
  void check_size(const Part& part, std::uint64_t most_bytes) const;
  Slice slice_of(MiniBatchIndex index) const;
  void compute_fingerprint(const std::vector<PartitionInput>& inputs);

  std::vector<std::string> keys_;
  std::vector<Part> parts_;
  std::vector<std::string> warnings_;
  std::uint64_t mini_batch_count_ = 0;
  std::uint64_t item_count_ = 0;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace prs
