#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace prs {

/// GPUs of this host, and who says so.
struct GpusOfHost {
  std::optional<std::uint32_t> wanted = {};  ///< `gpus_per_node`: no more than these are given out
  std::size_t nvidia = 0;                    ///< that the machine has
  std::size_t amd = 0;
};

/// Of the host's workers, this one.
struct PlaceOnHost {
  std::size_t place = 0;
  std::size_t workers = 1;
};

/// Gives the worker one GPU where there is one for each worker of the host, and else leaves all of them to all (rule
/// 4.8). `variables` is the environment of its script, as the allocation has set it: what it names is given out as it
/// stands there, numbers and UUIDs alike. What it has hidden stays hidden. Pure.
void choose_gpu(std::map<std::string, std::string>& variables, const GpusOfHost& gpus, const PlaceOnHost& place);

}  // namespace prs
