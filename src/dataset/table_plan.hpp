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

class Pulse;

struct TableInput {
  InputPaths paths;
  TableOptions options;
  std::string partition_format = {};  ///< empty: the paths have no keys
};

/// The mini-batches of a run over tables (rules 3.2, 3.3, 3.4, 3.7, 3.8). Rank 0's only. Reads no file itself.
/// Of text they are ranges of bytes, each of `mini_batch_bytes`, the last of a file shorter: the plan asks each file
/// for its size, and holds the paths and 24 bytes for each file, however many mini-batches these make. An empty file
/// has none. Of Parquet and HDF5 they are rows (RowGroupCut, RowCut): others look into the files. With a
/// partition_format its keys have values of each file's path (rule 3.6).
class TablePlan final : public Plan {
 public:
  struct Options {
    std::uint64_t mini_batch_bytes = 1 << 20;
    bool is_size_of_rows = false;                ///< `mini_batch_bytes` had no unit: of HDF5 it is a number of rows
    std::string left_out_folder = {};            ///< the run folder (absolute; empty: none)
    std::function<void()> between_folders = {};  ///< called now and then while listing; may throw to end the planning
    ReadFooters read_footers = {};               ///< wanted where an input is Parquet
    CountRows count_rows = {};                   ///< wanted where an input is HDF5
  };

  /// Lists the inputs. Throws UserError naming the path that matched nothing (rule 3.7), the file
  /// whose size cannot be found out, or inputs of empty files only; and what `read_footers` and `count_rows` throw.
  static TablePlan make(const std::vector<TableInput>& inputs, const Options& options);

  /// The state of the automaton (RecordState) at the first byte of a mini-batch, where line breaks may stand in quotes.
  /// What was not set is 0. Takes a byte for each mini-batch of the run.
  void set_quote_state(MiniBatchIndex index, std::uint8_t state);
  /// Those of all mini-batches, or nothing where none was set.
  const std::vector<std::uint8_t>& quote_states() const { return quote_states_; }
  /// As quote_states() gave them for an equal plan.
  void set_quote_states(std::vector<std::uint8_t> states);

  /// A file that is cut although line breaks may stand in quotes.
  struct QuotedFile {
    std::uint64_t first_mini_batch = 0, mini_batches = 0;
  };
  /// All of them, in order: the state at the first byte of their mini-batches, but the first, has to be found out.
  std::vector<QuotedFile> quoted_files() const;
  std::uint64_t mini_batch_bytes() const { return mini_batch_bytes_; }

  std::uint64_t mini_batch_count() const override { return mini_batch_count_; }
  std::string content_text() const override;
  MiniBatchItems items_of(MiniBatchIndex index) const override;
  std::string key_values_of(MiniBatchIndex index) const override;
  std::uint32_t item_count_of(MiniBatchIndex index) const override { return item_count(items_of(index)); }
  const std::string& input_name_of(MiniBatchIndex index) const override;
  std::uint64_t fingerprint() const override { return fingerprint_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  std::size_t memory_bytes() const override;

 private:
  struct File {
    std::uint64_t path_begin = 0;  ///< in the paths of its input
    std::uint64_t size_bytes = 0;
    std::uint64_t first_mini_batch = 0;
  };
  /// The files of one input.
  struct Part {
    GrowingArray<char> paths;  ///< each followed by a NUL
    GrowingArray<File> files;  ///< of text: those that are not empty
    RowGroupCut row_groups;    ///< of Parquet, in place of the files
    RowCut rows;               ///< of HDF5
    std::optional<PathKeys> keys;
    std::uint64_t first_mini_batch = 0;
    bool has_line_breaks_in_quotes = false;
  };
  void add_text(Part& part, const std::string& input, Pulse& pulse);
  void add_row_groups(Part& part, const std::string& input, const Options& options);
  void add_rows(Part& part, const std::string& input, const Options& options);
  TablePiece piece_of(const Part& part, MiniBatchIndex index) const;
  TablePiece text_piece_of(const Part& part, MiniBatchIndex index) const;
  const Part& part_of(MiniBatchIndex index) const;
  void compute_fingerprint(const std::vector<TableInput>& inputs);

  std::vector<Part> parts_;
  std::vector<std::string> input_names_;
  std::vector<std::string> warnings_;
  std::vector<std::uint8_t> quote_states_;  ///< of all mini-batches, or empty
  std::uint64_t mini_batch_bytes_ = 0;
  std::uint64_t mini_batch_count_ = 0;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace prs
