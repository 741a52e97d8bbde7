#pragma once

#include <cstdint>
#include <string_view>

#include "support/unique_fd.hpp"

namespace prs {

/// Where the records of one load gather: memory that another process can map, sealed in the end, so that nobody can
/// change what a later host is to see, nor cut it short below a reader.
class TableMemory {
 public:
  TableMemory();  ///< throws InfrastructureError
  void append(std::string_view bytes);
  std::uint64_t bytes() const { return bytes_; }
  UniqueFd seal() &&;

 private:
  UniqueFd memory_;
  std::uint64_t bytes_ = 0;
};

}  // namespace prs
