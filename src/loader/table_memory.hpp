#pragma once

#include <span>

#include "dataset/growing_memory.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Where the records of one load gather. It is the loader's own and is used again by the next load, so that its pages
/// are there already. What other processes map is a sealed copy: nobody can change what a later host is to see, nor cut
/// it short below a reader.
class TableMemory final : public GrowingMemory {
 public:
  TableMemory() = default;
  ~TableMemory() override;
  TableMemory(const TableMemory&) = delete;
  TableMemory& operator=(const TableMemory&) = delete;

  /// What an earlier load left there may still stand behind what was written.
  std::span<char> room(std::size_t bytes) override;
  /// Memory with a copy of the first `bytes`, ready to be mapped. What is large is given back as it is copied: there
  /// are never two of it. Throws InfrastructureError.
  UniqueFd sealed_copy(std::size_t bytes);

 private:
  void give_back(std::size_t begin, std::size_t end);

  std::span<char> room_;
};

}  // namespace prs
