#pragma once

#include <cstddef>
#include <span>

namespace prs {

/// Memory that somebody else owns and that grows while it is filled: the text of a piece goes there.
class GrowingMemory {
 public:
  virtual ~GrowingMemory() = default;
  /// Room for `bytes` at least, with what was written before at its front. Spans given earlier are no longer valid.
  /// Throws InfrastructureError where there is no memory.
  virtual std::span<char> room(std::size_t bytes) = 0;
};

}  // namespace prs
