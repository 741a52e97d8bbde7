#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/outcome.hpp"

namespace prs {

/// Script errors by kind: equal but for numbers, addresses, paths and quoted text counts as one (rules 6.5, 9.2
/// job_error.txt). Rank 0's. Bounded, whatever scripts throw: of a kind the first text is kept, long texts shortened in
/// the middle, and kinds beyond the first 10 000 count together as "other errors".
class ErrorCatalog {
 public:
  static constexpr std::size_t most_kinds = 10000;

  /// The number of this kind of error, 1 …; the first text seen is kept.
  std::uint32_t add(const Failure& failure);
  const Failure& text_of(std::uint32_t error) const;
  std::uint64_t count_of(std::uint32_t error) const;
  /// Met once by this start, whatever earlier ones met: its text is not in this start's ledger yet.
  bool is_new(std::uint32_t error) const;
  /// Its texts were not all the same, so that the one kept is an example.
  bool has_other_texts(std::uint32_t error) const;
  /// Failures added by this start.
  std::uint64_t added() const { return added_; }
  /// A text that a ledger of an earlier start has, and how many failures it stands for there. The number here is the
  /// same when all texts of the earlier starts are restored first, in order.
  std::uint32_t restore(const Failure& failure, std::uint64_t count = 0);
  /// Numbers of the most frequent kinds first, at most `most`; equally frequent ones in the order they were met.
  std::vector<std::uint32_t> most_frequent(std::size_t most) const;

 private:
  struct Kind {
    Failure failure;
    std::uint64_t count = 0;  ///< of all starts
    std::uint64_t added = 0;  ///< of this one
    bool has_other_texts = false;
  };
  std::uint32_t number_of(const Failure& failure);
  std::uint32_t enter(std::string key, const Failure& failure);
  Failure shortened(const Failure& failure);

  std::vector<Kind> kinds_;
  std::unordered_map<std::string, std::uint32_t> number_of_;
  std::size_t detail_bytes_ = 0;  ///< of all kinds
  std::uint64_t added_ = 0;
  // The failure before this one: errors come in crowds.
  std::uint32_t last_number_ = 0;
  std::string last_category_, last_message_;
};

}  // namespace prs
