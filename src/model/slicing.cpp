#include "model/slicing.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace prs {

MiniBatchRange Slicing::range_of(std::uint64_t mini_batches) const {
  if (!is_slice()) return {0, mini_batches};
  const std::uint64_t each = mini_batches / count, rest = mini_batches % count;
  const auto begin_of = [&](std::uint64_t index) { return each * index + std::min(index, rest); };
  return {begin_of(number - 1), begin_of(number)};
}

RunFolder Slicing::folder_in(const RunFolder& whole) const {
  if (!is_slice()) return whole;
  return {whole.slices() + "/" + std::to_string(number) + "-of-" + std::to_string(count)};
}

std::string Slicing::text() const {
  if (is_slice()) return "slice " + std::to_string(number) + " of " + std::to_string(count);
  return is_join() ? "join of " + std::to_string(count) + (count == 1 ? " slice" : " slices") : "";
}

std::optional<Slicing> slicing_of_folder(std::string_view name) {
  Slicing slicing;
  const char* const end = name.data() + name.size();
  constexpr std::string_view between = "-of-";
  const auto [after, no_number] = std::from_chars(name.data(), end, slicing.number);
  if (no_number != std::errc() || !std::string_view(after, end).starts_with(between)) return std::nullopt;
  const auto [last, no_count] = std::from_chars(after + between.size(), end, slicing.count);
  const bool is_slice =
      no_count == std::errc() && last == end && slicing.number >= 1 && slicing.number <= slicing.count;
  return is_slice ? std::optional(slicing) : std::nullopt;
}

Slicing slice_of(const Slicing& join, std::uint32_t number) {
  return {join.count, number};
}

std::uint32_t parts_of_each(const Slicing& join) {
  return static_cast<std::uint32_t>(std::numeric_limits<std::uint32_t>::max() / (std::uint64_t{join.count} + 1));
}

std::uint32_t parts_before(const Slicing& join, std::uint32_t number) {
  return parts_of_each(join) * number;
}

std::string part_path(const RunFolder& whole, const Slicing& slicing, std::uint32_t part) {
  if (!slicing.is_join()) return slicing.folder_in(whole).part(part);
  const std::uint32_t number = part / parts_of_each(slicing);
  return slice_of(slicing, number).folder_in(whole).part(part - parts_before(slicing, number));
}

}  // namespace prs
