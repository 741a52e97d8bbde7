#pragma once

#include <cstddef>
#include <vector>

#include "dataset/growing_array.hpp"
#include "dataset/tree_walk.hpp"

namespace prs {

/// Paths in rising byte order, each followed by a NUL: the characters [begin, end) of a list.
struct SortedRun {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// One list in rising order, a path that several runs have only once. What was read is given back on the way, so that
/// the paths are hardly ever there twice.
GrowingArray<char> merge_runs(GrowingArray<char> paths, const std::vector<SortedRun>& runs, Pulse& pulse);

}  // namespace prs
