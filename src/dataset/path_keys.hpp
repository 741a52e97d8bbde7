#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/partition_format.hpp"
#include "model/partition_key.hpp"

namespace prs {

/// The keys with what their values are by an input's `partition_format`, whose folders may name them as well. A key
/// that is not in it counts as text. Throws UserError where it is no such format.
std::vector<PartitionKey> partition_keys_of(const std::vector<std::string>& keys, const std::string& partition_format);

/// An input whose paths have keys, for comparing.
struct KeyedInput {
  std::string name;
  std::string partition_format;
};
/// A column has one type, and a script one way to use a value: throws UserError where a key is a date for one input and
/// text for another.
void refuse_different_kinds(const std::vector<KeyedInput>& inputs, const std::vector<std::string>& keys);

/// All keys of the inputs' forms, in the order of the first input's; none where no input has a form. Throws UserError
/// where the inputs have different ones, or a form is none.
std::vector<std::string> keys_of_all(const std::vector<KeyedInput>& inputs);

/// The values that the paths of one input have for the chosen keys (rule 3.6). For the plans. Pure.
class PathKeys {
 public:
  /// `own_folders`: those that the input named, sorted. `partition_format`: empty: `key=value` folders, as `first_path`
  /// has them. Throws UserError for a form that is none, and for a key that no path has.
  PathKeys(std::string input, std::vector<std::string> own_folders, const std::string& partition_format,
           const std::vector<std::string>& keys, std::string_view first_path);

  /// Each followed by a NUL, which is in no value, and lower than all else: this sorts as the list of them does. Throws
  /// UserError where the path does not fit the form.
  std::string packed_values_of(std::string_view path) const;
  std::size_t memory_bytes() const;

 private:
  std::string_view below_own_folder(std::string_view path) const;
  PartitionFormat format_of(const std::string& partition_format, std::string_view first_path) const;

  std::string input_;
  std::vector<std::string> own_folders_;
  PartitionFormat format_;
  std::vector<std::size_t> chosen_;  ///< places of the chosen keys in those of the format
};

}  // namespace prs
