#include "model/outcome.hpp"

#include <algorithm>
#include <array>

namespace prs {
namespace {
constexpr std::array<std::string_view, try_status_count> names = {
    "RUN_DONE",     "RUN_EXCEPTION", "RUN_TIMEOUT", "LOAD_EXCEPTION",
    "LOAD_TIMEOUT", "PROCESS_DIED",  "WORKER_LOST", "BAD_RETURN",
};
}  // namespace

std::string_view name_of(TryStatus status) {
  return names.at(static_cast<std::size_t>(status));
}

std::optional<TryStatus> try_status_of(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<TryStatus>(i);
  return std::nullopt;
}

std::uint32_t succeeded_items(std::uint64_t rows, std::uint32_t items) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(rows, items));
}

void overrule(Outcome& outcome) {
  outcome.status = TryStatus::bad_return;
  outcome.succeeded = 0;
  outcome.rows = 0;
  outcome.stretch = {};
}

}  // namespace prs
