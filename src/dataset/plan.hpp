#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "model/mini_batch_items.hpp"

namespace prs {

/// The mini-batches 0 … n−1 of a run, over all inputs, whatever kind these are (section 3 of docs/rules.md). Rank 0's
/// only. The farm, the reports and the verbs know no more of it than this.
class Plan {
 public:
  virtual ~Plan() = default;

  virtual std::uint64_t mini_batch_count() const = 0;
  /// How much that is, for people: "797 items", "3 table files of 1.2 GB".
  virtual std::string content_text() const = 0;
  virtual MiniBatchItems items_of(MiniBatchIndex index) const = 0;
  /// Task::key_values of the mini-batch.
  virtual std::string key_values_of(MiniBatchIndex) const { return {}; }
  /// The same as item_count(items_of(index)), without making them.
  virtual std::uint32_t item_count_of(MiniBatchIndex index) const = 0;
  /// Of the input that the mini-batch is of: it never mixes inputs.
  virtual const std::string& input_name_of(MiniBatchIndex index) const = 0;
  /// Equal for equal inputs, items and splitting, whatever the machine (rule 7.2).
  virtual std::uint64_t fingerprint() const = 0;
  /// What people should know of: links that lead nowhere and the like, one line each.
  virtual const std::vector<std::string>& warnings() const = 0;
  /// What the plan occupies (rule 3.8).
  virtual std::size_t memory_bytes() const = 0;
};

}  // namespace prs
