#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prs {

/// A function of the user's Python, summed over the profiles of all script processes (`profiling_module`).
struct HotFunction {
  std::string place;  ///< "/scripts/digits.py:12"; "~:0" for one that is built in
  std::string name;
  std::uint64_t calls = 0;
  double own_seconds = 0, seconds = 0;  ///< without and with what it calls
};

struct HotFunctions {
  std::vector<HotFunction> functions;  ///< the one with most time of its own first
  std::size_t profiles = 0;            ///< that were read
  bool is_part = false;                ///< there are more than could be read
};

/// `folder`: logs/sys/perf. The hosts write the hottest functions of each profile beside it
/// (script/python/prs_profile). What cannot be read is left out.
HotFunctions read_hot_functions(const std::string& folder, std::size_t most);

}  // namespace prs
