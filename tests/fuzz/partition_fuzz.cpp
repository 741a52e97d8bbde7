// The form of partitioned paths (rule 3.6): an input is a partition_format, and behind a line break a path. Rank 0
// reads both.
#include <algorithm>

#include "dataset/partition_format.hpp"
#include "fuzz_target.hpp"
#include "support/errors.hpp"

namespace prs::fuzz {
namespace {

// A form of n parts takes up to n times the square of a path's length. Longer ones would tell nothing new.
constexpr std::size_t longest_form = 200, longest_path = 500;

void check_values(const PartitionFormat& format, std::string_view path) {
  const std::vector<std::string>& keys = format.keys();
  for (std::size_t i = 0; i < keys.size(); ++i)
    require(std::find(keys.begin() + static_cast<std::ptrdiff_t>(i) + 1, keys.end(), keys[i]) == keys.end(),
            "no key is there twice");
  const auto values = format.values_of(path);
  if (!values) return;
  require(values->size() == keys.size(), "each key has a value");
  require(values == format.values_of(path), "the same path has the same values");
  for (const std::string& value : *values)
    require(value.find('\0') == std::string::npos || path.find('\0') != path.npos, "no value gets a NUL");
}

void check(std::string_view input) {
  const std::size_t line_end = std::min(input.find('\n'), input.size());
  const std::string_view path = input.substr(std::min(line_end + 1, input.size()), longest_path);
  try {
    check_values(PartitionFormat::parse(std::string(input.substr(0, std::min(line_end, longest_form)))), path);
  } catch (const UserError&) {
  }
  try {
    const PartitionFormat folders = PartitionFormat::of_folders(path);
    require(folders.values_of(path).has_value(), "a path fits the form that was made of it");
    check_values(folders, path);
  } catch (const UserError&) {
  }
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prs::fuzz::check(prs::fuzz::text_of(data, size));
  return 0;
}
