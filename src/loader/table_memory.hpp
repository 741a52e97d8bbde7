#pragma once

#include <span>

#include "dataset/growing_memory.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Where the records of one load gather: memory that other processes can map. It is sealed in the end, so that nobody
/// can change what a later host is to see, nor cut it short below a reader.
class TableMemory final : public GrowingMemory {
 public:
  TableMemory();  ///< throws InfrastructureError
  ~TableMemory() override;
  TableMemory(const TableMemory&) = delete;
  TableMemory& operator=(const TableMemory&) = delete;

  std::span<char> room(std::size_t bytes) override;
  /// With the first `bytes` of it. Nothing more is written then.
  UniqueFd seal(std::size_t bytes);

 private:
  UniqueFd memory_;
  std::span<char> room_;
};

}  // namespace prs
