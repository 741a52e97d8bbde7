#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "output/assembly.hpp"
#include "support/clock.hpp"
#include "support/side_work.hpp"

namespace prs {

/// A share of the output while it is written, beside the main thread: a disk takes its time, and a worker has to give
/// signs of life and to hear that it should stop meanwhile.
class ShareWriting {
 public:
  /// Begins write_share() at once.
  ShareWriting(AssemblyShare share, std::string file, std::function<std::string(std::uint32_t)> part_path);
  ~ShareWriting();  ///< cancels it, and waits for the block that is under way

  /// No further block is written. What is there is neither whole nor synced.
  void cancel() { state_->is_cancelled.store(true, std::memory_order_relaxed); }
  bool is_over() const { return work_.is_over(); }
  /// Readable once it is over.
  int wake_fd() const { return work_.wake_fd(); }
  /// No block was written for some time: the disk hangs, or is slow.
  bool has_stalled(TimePoint now) const;
  /// After its end: the mini-batches whose rows are not what their outcome said; none: it was cancelled. Throws
  /// InfrastructureError where the file could not be written.
  std::optional<std::vector<MiniBatchIndex>> result() const;

 private:
  /// The thread's too.
  struct State {
    AssemblyShare share;
    std::string file;
    std::function<std::string(std::uint32_t)> part_path;
    std::atomic<bool> is_cancelled{false};
    std::atomic<TimePoint> last_block;
    std::optional<std::vector<MiniBatchIndex>> damaged;
    void write();
  };
  std::shared_ptr<State> state_;
  SideWork work_;
};

}  // namespace prs
