#include "dataset/record_transition.hpp"

#include <optional>

namespace prs {
namespace {

/// Few states are left behind a short text, since a line break makes most of them one.
constexpr std::size_t step_bytes = 4096;

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

}  // namespace prs
