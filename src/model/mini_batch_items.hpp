#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "model/path_list.hpp"

namespace prs {

/// Files: absolute paths in their order (rule 3.1), kept in the bytes in which they travel to the script host.
class FileItems {
 public:
  FileItems() = default;
  /// `paths`: `count` of them, each followed by a NUL.
  FileItems(std::string paths, std::uint32_t count) : bytes_(std::move(paths)), count_(count) {}

  std::uint32_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }
  PathList paths() const { return PathList(bytes_); }
  bool operator==(const FileItems&) const = default;

 private:
  std::string bytes_;
  std::uint32_t count_ = 0;
};

/// What one mini-batch is made of: all that a worker must know to have it loaded. One alternative for each way in which
/// an input is cut. The plan makes it, the messages and the script host's frames have bytes for each alternative, and
/// everybody else uses the functions below.
using MiniBatchItems = std::variant<FileItems>;

std::uint32_t item_count(const MiniBatchItems& items);

/// About what a message with it takes.
std::size_t size_bytes(const MiniBatchItems& items);

/// For people. `last` is empty where there is one item only.
struct ItemNames {
  std::string first, last;
  bool operator==(const ItemNames&) const = default;
};
ItemNames names_of(const MiniBatchItems& items);

/// Calls `on_item` with the name of each item, in order, as failed_items.csv lists it (rule 5.7).
template <typename OnItem>
void for_each_item(const MiniBatchItems& items, OnItem&& on_item) {
  for (const std::string_view path : std::get<FileItems>(items).paths()) on_item(path);
}

}  // namespace prs
