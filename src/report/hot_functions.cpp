#include "report/hot_functions.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "model/run_folder.hpp"
#include "report/csv.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// A run may have as many script processes as mini-batches (`max_batches_per_process`).
constexpr std::size_t most_profiles = 4000;

using ByPlace = std::map<std::pair<std::string, std::string>, HotFunction>;

void add_profile(std::string_view text, ByPlace& functions) {
  std::vector<std::string> fields;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    enum : std::size_t { calls, own_seconds, seconds, place, name, columns };
    if (!split_csv_line(text.substr(0, end), fields) || fields.size() != columns) continue;
    if (fields[calls].empty() || fields[calls][0] < '0' || fields[calls][0] > '9') continue;  // the header
    HotFunction& function = functions[{fields[place], fields[name]}];
    function.place = fields[place];
    function.name = fields[name];
    function.calls += number_in<std::uint64_t>(fields[calls]).value_or(0);
    function.own_seconds += number_in<double>(fields[own_seconds]).value_or(0);
    function.seconds += number_in<double>(fields[seconds]).value_or(0);
  }
}

}  // namespace

HotFunctions read_hot_functions(const std::string& folder, std::size_t most) {
  HotFunctions found;
  ByPlace functions;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().ends_with(RunFolder::hot_functions_ending)) continue;
    if ((found.is_part = found.profiles == most_profiles)) break;
    try {
      add_profile(read_file(at->path().string()), functions);
      ++found.profiles;
    } catch (const InfrastructureError&) {
      // One that is being removed.
    }
  }
  for (auto& [key, function] : functions) found.functions.push_back(std::move(function));
  std::stable_sort(found.functions.begin(), found.functions.end(),
                   [](const HotFunction& a, const HotFunction& b) { return a.own_seconds > b.own_seconds; });
  found.functions.resize(std::min(found.functions.size(), most));
  return found;
}

}  // namespace prs
