#pragma once

#include <string>
#include <vector>

#include "output/assembly.hpp"

namespace prs {

/// The shares of the output while workers write them. A share is sent in steps, each made when it is wanted, so that
/// neither messages nor memory grow with the run (rule 3.8). Rank 0's.
class AssemblyShares {
 public:
  /// `layout` must outlive it; `rows` are asked for what it was made of.
  AssemblyShares(const AssemblyLayout& layout, AssemblyLayout::Stretches rows, const std::vector<ByteRange>& shares,
                 std::size_t writers);
  std::size_t size() const { return shares_.size(); }
  /// The message of that step, the next one or one that was made before; empty: the share has no more.
  std::string step(std::size_t index, std::size_t step);
  /// Which bytes that step is.
  ByteRange range_of(std::size_t index, std::size_t step) const;

 private:
  struct Share {
    std::uint64_t end = 0;
    std::vector<std::uint64_t> begins;  ///< of each step that was made, and of the next one
  };
  const AssemblyLayout& layout_;
  AssemblyLayout::Stretches rows_;
  std::vector<Share> shares_;
  std::size_t most_pieces_;
};

}  // namespace prs
