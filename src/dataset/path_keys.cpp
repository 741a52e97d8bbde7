#include "dataset/path_keys.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "dataset/input_path.hpp"
#include "dataset/left_out.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::vector<PartitionKey> partition_keys_of(const std::vector<std::string>& keys, const std::string& partition_format) {
  std::vector<PartitionKey> found;
  const auto format = partition_format.empty() ? std::nullopt : std::optional(PartitionFormat::parse(partition_format));
  found.reserve(keys.size());
  for (const std::string& key : keys) found.push_back({key, format && format->is_date(key)});
  return found;
}

void refuse_different_kinds(const std::vector<KeyedInput>& inputs, const std::vector<std::string>& keys) {
  const KeyedInput& first = inputs.front();
  const std::vector<PartitionKey> expected = partition_keys_of(keys, first.partition_format);
  for (const KeyedInput& input : inputs) {
    const std::vector<PartitionKey> found = partition_keys_of(keys, input.partition_format);
    const auto other = std::mismatch(expected.begin(), expected.end(), found.begin());
    if (other.first == expected.end()) continue;
    const auto kind_of = [](const PartitionKey& key) { return key.is_date ? "a date" : "text"; };
    throw input_error(input.name, "its partition key '" + other.second->name + "' is " + kind_of(*other.second) +
                                      ", and that of input '" + first.name + "' is " + kind_of(*other.first) +
                                      "; give both the same form of it");
  }
}

std::vector<std::string> keys_of_all(const std::vector<KeyedInput>& inputs) {
  const KeyedInput& first = inputs.front();
  std::vector<std::string> keys;
  for (const KeyedInput& input : inputs) {
    std::vector<std::string> found;
    if (!input.partition_format.empty()) found = PartitionFormat::parse(input.partition_format).keys();
    if (&input == &first) keys = found;
    if (found.size() == keys.size() && std::is_permutation(found.begin(), found.end(), keys.begin())) continue;
    const auto words = [](const std::vector<std::string>& names) {
      return names.empty() ? "no partition_format" : "the partition keys " + joined(names);
    };
    throw input_error(input.name, "it has " + words(found) + ", and input '" + first.name + "' has " + words(keys) +
                                      "; the inputs of a run need the same columns");
  }
  if (!keys.empty()) refuse_different_kinds(inputs, keys);
  return keys;
}

PathKeys::PathKeys(std::string input, std::vector<std::string> own_folders, const std::string& partition_format,
                   const std::vector<std::string>& keys, std::string_view first_path)
    : input_(std::move(input)), own_folders_(std::move(own_folders)), format_(format_of(partition_format, first_path)) {
  const std::vector<std::string>& all = format_.keys();
  for (const std::string& key : keys) {
    const auto found = std::find(all.begin(), all.end(), key);
    if (found == all.end())
      throw input_error(input_, "partition_keys has '" + key + "', and the keys of the paths are " + joined(all) +
                                    "; correct one of them");
    chosen_.push_back(static_cast<std::size_t>(found - all.begin()));
  }
}

PartitionFormat PathKeys::format_of(const std::string& partition_format, std::string_view first_path) const {
  try {
    return partition_format.empty() ? PartitionFormat::of_folders(below_own_folder(first_path))
                                    : PartitionFormat::parse(partition_format);
  } catch (const UserError& error) {
    throw input_error(input_, error.what());
  }
}

/// What follows the nearest folder that the input named.
std::string_view PathKeys::below_own_folder(std::string_view path) const {
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1))
    if (std::binary_search(own_folders_.begin(), own_folders_.end(), path.substr(0, slash)))
      return path.substr(slash + 1);
  return path.substr(1);
}

std::string PathKeys::packed_values_of(std::string_view path) const {
  const std::string_view below = below_own_folder(path);
  const auto all = format_.values_of(below);
  if (!all)
    throw input_error(input_, "'" + printable(below) + "' in '" +
                                  printable(path.substr(0, path.size() - below.size())) + "' does not fit '" +
                                  format_.text() + "'; correct 'partition_format', or move the file");
  std::string bytes;
  for (const std::size_t key : chosen_) bytes.append((*all)[key].c_str(), (*all)[key].size() + 1);
  return bytes;
}

std::size_t PathKeys::memory_bytes() const {
  std::size_t bytes = chosen_.capacity() * sizeof(std::size_t);
  for (const std::string& folder : own_folders_) bytes += sizeof(std::string) + folder.capacity();
  return bytes;
}

}  // namespace prs
