#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataset/record_scanner.hpp"

namespace prs {

/// What a stretch of a table's text does to the state of its automaton, for each state before it. So stretches are
/// looked at in any order, and the state at each boundary follows from then() (a prefix scan, rule 3.3). Pure.
class RecordTransition {
 public:
  /// Of no text.
  RecordTransition();
  /// Of this stretch and the text that follows it.
  void extend(const RecordRules& rules, std::string_view text);
  RecordState after(RecordState before) const { return after_[static_cast<std::size_t>(before)]; }
  /// This stretch, then that one. Associative.
  RecordTransition then(const RecordTransition& next) const;
  bool operator==(const RecordTransition&) const = default;

  /// For messages: three bits for each state before it.
  std::uint32_t bits() const;
  /// Throws std::out_of_range for what is none.
  static RecordTransition of_bits(std::uint32_t bits);

 private:
  std::array<RecordState, record_state_count> after_;
};

}  // namespace prs
