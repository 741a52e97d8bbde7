#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/growing_array.hpp"
#include "dataset/input_paths.hpp"
#include "dataset/plan.hpp"

namespace prs {

/// The mini-batches of a run over files (rules 3.1, 3.7, 3.8): which paths make up mini-batch 0 … n−1.
/// Rank 0's only. Holds the paths once, NUL after each, and 8 bytes per mini-batch.
class FilePlan final : public Plan {
 public:
  struct Options {
    std::uint64_t files_per_mini_batch = 1;
    std::string left_out_folder = {};            ///< the run folder (absolute; empty: none)
    std::function<void()> between_folders = {};  ///< called now and then while listing; may throw to end the planning
    /// Paths of one mini-batch, their NULs included: on their way to the script they are counted in 32 bits.
    std::uint64_t most_bytes_of_mini_batch = std::uint64_t{2} << 30;
  };

  /// Lists the inputs. Throws UserError naming the path that matched nothing (rule 3.7), or that cannot be read, or the
  /// mini-batch that has too many paths.
  static FilePlan make(const std::vector<InputPaths>& inputs, const Options& options);

  std::uint64_t mini_batch_count() const override { return mini_batch_count_; }
  std::uint64_t item_count() const { return item_count_; }
  std::string content_text() const override;
  MiniBatchItems items_of(MiniBatchIndex index) const override;
  std::uint32_t item_count_of(MiniBatchIndex index) const override { return slice_of(index).count; }
  const std::string& input_name_of(MiniBatchIndex index) const override { return input_names_[slice_of(index).input]; }
  std::uint64_t fingerprint() const override { return fingerprint_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  std::size_t memory_bytes() const override;

 private:
  /// The files of one input and how they are cut.
  struct Part {
    GrowingArray<char> paths;
    GrowingArray<std::uint64_t> starts;  ///< where each mini-batch begins in `paths`
    std::uint64_t first_mini_batch = 0;
    std::uint64_t items = 0;
  };
  /// Where the files of one mini-batch are.
  struct Slice {
    std::size_t input = 0;
    std::uint32_t count = 0;
    std::string_view paths;  ///< each followed by a NUL
  };
  Slice slice_of(MiniBatchIndex index) const;
  void add_part(GrowingArray<char> paths);
  void check_sizes(const std::string& input, std::uint64_t most_bytes) const;
  std::uint64_t computed_fingerprint() const;

  std::vector<Part> parts_;
  std::vector<std::string> input_names_;
  std::vector<std::string> warnings_;
  std::uint64_t files_per_mini_batch_ = 0;
  std::uint64_t mini_batch_count_ = 0;
  std::uint64_t item_count_ = 0;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace prs
