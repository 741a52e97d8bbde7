#include "dataset/record_transition.hpp"

#include <optional>
#include <stdexcept>

namespace prs {
namespace {

/// Few states are left behind a short text, since a line break makes most of them one.
constexpr std::size_t step_bytes = 4096;
constexpr std::uint32_t bits_of_state = 3;

}  // namespace

RecordTransition::RecordTransition() {
  for (std::size_t state = 0; state < record_state_count; ++state) after_[state] = static_cast<RecordState>(state);
}

void RecordTransition::extend(const RecordRules& rules, std::string_view text) {
  while (!text.empty()) {
    const std::string_view step = text.substr(0, step_bytes);
    text.remove_prefix(step.size());
    std::array<std::optional<RecordState>, record_state_count> reached;
    for (RecordState& state : after_) {
      std::optional<RecordState>& end = reached[static_cast<std::size_t>(state)];
      if (!end) {
        RecordScanner scanner(rules, state);
        scanner.scan(step);
        end = scanner.state();
      }
      state = *end;
    }
  }
}

RecordTransition RecordTransition::then(const RecordTransition& next) const {
  RecordTransition both;
  for (std::size_t state = 0; state < record_state_count; ++state) both.after_[state] = next.after(after_[state]);
  return both;
}

std::uint32_t RecordTransition::bits() const {
  std::uint32_t bits = 0;
  for (std::size_t state = 0; state < record_state_count; ++state)
    bits |= static_cast<std::uint32_t>(after_[state]) << (bits_of_state * state);
  return bits;
}

RecordTransition RecordTransition::of_bits(std::uint32_t bits) {
  RecordTransition transition;
  for (RecordState& state : transition.after_) {
    const std::uint32_t after = bits % (1U << bits_of_state);
    if (after >= record_state_count) throw std::out_of_range("a transition leads to a state that there is not");
    state = static_cast<RecordState>(after);
    bits >>= bits_of_state;
  }
  if (bits != 0) throw std::out_of_range("a transition goes on behind its end");
  return transition;
}

}  // namespace prs
