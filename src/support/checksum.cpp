#include "support/checksum.hpp"

#include <xxhash.h>

namespace prs {

std::uint64_t checksum_of(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct RunningChecksum::State {
  State() : state(XXH3_createState()) {}
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  XXH3_state_t* state;
};

RunningChecksum::RunningChecksum() : state_(std::make_unique<State>()) {
  reset();
}
RunningChecksum::~RunningChecksum() = default;
RunningChecksum::RunningChecksum(RunningChecksum&&) noexcept = default;
RunningChecksum& RunningChecksum::operator=(RunningChecksum&&) noexcept = default;
void RunningChecksum::reset() {
  XXH3_64bits_reset(state_->state);
}
void RunningChecksum::add(std::string_view bytes) {
  XXH3_64bits_update(state_->state, bytes.data(), bytes.size());
}
std::uint64_t RunningChecksum::value() const {
  return XXH3_64bits_digest(state_->state);
}

}  // namespace prs
