#include "output/share_writing.hpp"

namespace prs {
namespace {

constexpr std::chrono::seconds longest_block{5};  ///< a block has 4 MiB

/// Ends write_share() between two blocks.
struct Cancelled {};

}  // namespace

ShareWriting::ShareWriting(AssemblyShare share, std::string file, std::function<std::string(std::uint32_t)> part_path)
    : state_(new State{std::move(share), std::move(file), std::move(part_path), false, Clock::now(), std::nullopt}),
      work_([state = state_] { state->write(); }) {}

ShareWriting::~ShareWriting() {
  cancel();
}

void ShareWriting::State::write() {
  const auto tick = [this] {
    last_block.store(Clock::now(), std::memory_order_relaxed);
    if (is_cancelled.load(std::memory_order_relaxed)) throw Cancelled();
  };
  try {
    damaged = write_share(share, file, part_path, tick);
  } catch (const Cancelled&) {
  }
}

bool ShareWriting::has_stalled(TimePoint now) const {
  return !is_over() && now - state_->last_block.load(std::memory_order_relaxed) > longest_block;
}

std::optional<std::vector<MiniBatchIndex>> ShareWriting::result() const {
  work_.rethrow();
  return state_->damaged;
}

}  // namespace prs
