#pragma once

#include <cstdint>
#include <string_view>

#include "dataset/growing_array.hpp"

namespace prs {

/// Names of the entries of a folder, and above them those of the sub-folder that is being walked, and so on: one block
/// of bytes and 16 bytes per name. A folder's name stands with a '/' behind it, because that is how its files' paths
/// sort.
class NameStack {
 public:
  std::size_t size() const { return names_.size(); }
  void push(std::string_view name, bool is_folder);
  /// Sorts the names from `first` on byte by byte, and drops the second of two equal ones (a folder that changes while
  /// it is read may tell a name twice).
  void sort_from(std::size_t first);
  /// The name, NUL behind it; valid until the next push.
  const char* name(std::size_t index) const { return bytes_.data() + names_[index].start; }
  /// How high the stack is; pop_to() takes off what was pushed after the mark.
  struct Mark {
    std::size_t names;
    std::size_t bytes;
  };
  Mark mark() const { return {names_.size(), bytes_.size()}; }
  void pop_to(Mark mark);

 private:
  struct Name {
    std::uint64_t key;    ///< the eight bytes that follow what all names of the folder begin with
    std::uint64_t start;  ///< place in bytes_
  };
  std::size_t shared_beginning(std::size_t first) const;

  GrowingArray<char> bytes_;
  GrowingArray<Name> names_;
};

}  // namespace prs
