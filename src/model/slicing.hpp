#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/run_folder.hpp"

namespace prs {

/// The mini-batches [begin, end) of a plan.
struct MiniBatchRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

/// Whether a command runs a whole plan, one of `count` slices of it, or joins what the slices have made (rule 7.7).
struct Slicing {
  std::uint32_t count = 0;   ///< 0: the run is not sliced
  std::uint32_t number = 0;  ///< which slice, from 1; 0: all, to join them

  bool is_slice() const { return number > 0; }
  bool is_join() const { return count > 0 && number == 0; }
  bool operator==(const Slicing&) const = default;

  /// Of so many: the stretch of a slice, else all. Lengths differ by one at most; with more slices than mini-batches
  /// some are empty.
  MiniBatchRange range_of(std::uint64_t mini_batches) const;
  /// The folder that the command writes in; `whole`: that of the whole run.
  RunFolder folder_in(const RunFolder& whole) const;
  /// "slice 3 of 8", for people; empty for a whole run.
  std::string text() const;
};

/// The slice that the last piece of `Slicing::folder_in` names; none: it is not named so.
std::optional<Slicing> slicing_of_folder(std::string_view name);

/// One of the slices that a join is of.
Slicing slice_of(const Slicing& join, std::uint32_t number);

// In a join the parts of all slices have numbers of one sequence: first its own, then those of each slice.
/// How many numbers each of these has.
std::uint32_t parts_of_each(const Slicing& join);
/// What is added to the numbers of a slice's parts.
std::uint32_t parts_before(const Slicing& join, std::uint32_t number);
/// The path of a part by its number in this command.
std::string part_path(const RunFolder& whole, const Slicing& slicing, std::uint32_t part);

}  // namespace prs
