#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace prs {

/// Place of a mini-batch in the plan, 0 … n−1 over all inputs (rule 3.7).
struct MiniBatchIndex {
  std::uint64_t value = 0;
  auto operator<=>(const MiniBatchIndex&) const = default;
};

/// A worker: its MPI rank, 1 … W. 0 is no worker.
struct WorkerId {
  std::uint32_t value = 0;
  auto operator<=>(const WorkerId&) const = default;
};

}  // namespace prs

template <>
struct std::hash<prs::MiniBatchIndex> {
  std::size_t operator()(prs::MiniBatchIndex index) const noexcept { return std::hash<std::uint64_t>{}(index.value); }
};
