#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/outcome.hpp"

namespace prs {

/// The columns of a run's DataFrames: the first one settles them, another set fails its try (rule 5.2). Rank 0's. Never
/// looks into a header: two are the same if their bytes are.
class ColumnSettlement {
 public:
  /// A try came with this header line; empty: it had no DataFrame, which is always fine. Why the try fails, if it does.
  std::optional<Failure> check(std::string_view header);
  /// The settled header line; empty as long as none is.
  const std::string& settled() const { return settled_; }
  /// What an earlier start of the run settled.
  void restore(std::string_view header) { settled_ = header; }

 private:
  std::string settled_;
};

/// What a ledger record can keep with room to spare; some hundred thousand columns.
inline constexpr std::size_t longest_header_bytes = 8 << 20;

}  // namespace prs
