#include "script/task_window.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

/// The recall needs the order of stores and loads that x86 gives to the host's plain Python stores. Elsewhere the host
/// holds one task at a time, and nothing is ever recalled.
#if defined(__x86_64__)
constexpr bool can_recall = true;
#else
constexpr bool can_recall = false;
#endif

constexpr std::size_t full_frame_bytes = 1 << 20;

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  out.append(bytes.data(), bytes.size());
}

/// The end of a TaskHeader, and the paths.
void append_items(std::string& out, const FileItems& files) {
  PRS_INVARIANT(files.bytes().size() <= UINT32_MAX);
  append_number<std::uint32_t>(out, files.count());
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(files.bytes().size()));
  out += files.bytes();
}

void append_items(std::string&, const TableItems&) {
  PRS_INVARIANT(false && "no plan makes mini-batches of tables yet: the host has no frame for them");
}

/// A TaskHeader and the paths (host_wire.hpp).
void append_task(std::string& out, const HeldTask& held) {
  static_assert(task_header_bytes == 2 * sizeof(std::uint64_t) + 3 * sizeof(std::uint32_t));
  append_number<std::uint64_t>(out, held.sequence);
  append_number<std::uint64_t>(out, held.task.mini_batch.value);
  append_number<std::uint32_t>(out, held.task.dequeue_count - 1);
  std::visit([&out](const auto& items) { append_items(out, items); }, held.task.items);
}

}  // namespace

void TaskWindow::give(Task task, TimePoint now) {
  PRS_INVARIANT(task.dequeue_count >= 1);
  ++given_;
  waiting_.push_back({0, std::move(task), now});
}

void TaskWindow::set_size(std::size_t tasks) {
  size_ = can_recall ? std::max<std::size_t>(tasks, 1) : 1;
}

std::optional<std::size_t> TaskWindow::place_of(std::uint64_t sequence) const {
  if (sent_.empty()) return std::nullopt;
  const std::size_t place = sequence - sent_.front().sequence;
  if (place >= sent_.size() || sent_[place].sequence != sequence) return std::nullopt;
  return place;
}

std::size_t TaskWindow::sendable() const {
  const std::size_t most_held = careful_ > 0 ? 1 : size_;
  // Only when half of the window is free: fewer, larger frames.
  if (waiting_.empty() || sent_.size() > most_held / 2 || recall_to_ != 0) return 0;
  const std::size_t count = std::min(most_held - sent_.size(), waiting_.size());
  if (most_per_host_ == 0) return count;
  return std::min<std::size_t>(count, most_per_host_ - std::min(most_per_host_, sent_to_host_));
}

const std::string& TaskWindow::next_frame(std::size_t& count) {
  payload_.assign(sizeof(std::uint32_t), '\0');
  std::uint32_t in_frame = 0;
  for (; count > 0 && payload_.size() < full_frame_bytes; --count, ++in_frame) {
    HeldTask& held = waiting_.front();
    held.sequence = next_sequence_++;
    append_task(payload_, held);
    sent_.push_back(std::move(held));
    waiting_.pop_front();
  }
  std::memcpy(payload_.data(), &in_frame, sizeof in_frame);
  sent_to_host_ += in_frame;
  return payload_;
}

std::vector<Task> TaskWindow::take_back(std::size_t keep, ResultRing* ring) {
  std::vector<Task> back;
  while (held() > keep && !waiting_.empty()) {
    back.push_back(std::move(waiting_.back().task));
    waiting_.pop_back();
  }
  if (can_recall && sent_.size() > keep && ring != nullptr && recall_to_ == 0) recall(keep, *ring, back);
  taken_ += back.size();
  return back;
}

/// What lies in the host's queue comes back only if it is certain that the host has not started it. One recall at a
/// time: until the host has confirmed it nothing new is sent, so the range of a recall never meets a later task.
void TaskWindow::recall(std::size_t keep, ResultRing& ring, std::vector<Task>& back) {
  recall_from_ = sent_[keep].sequence;
  recall_to_ = next_sequence_;
  const RunningNow running = ring.recall(recall_from_, recall_to_);
  while (!sent_.empty() && sent_.back().sequence >= recall_from_ && sent_.back().sequence > running.sequence) {
    back.push_back(std::move(sent_.back().task));
    sent_.pop_back();
  }
}

/// Where it was not certain that the host had not started the task, it was kept; then it is sent again.
bool TaskWindow::accept_returned(std::uint64_t sequence) {
  if (recall_to_ == 0 || sequence < recall_from_ || sequence >= recall_to_) return false;
  if (sent_to_host_ > 0) --sent_to_host_;
  if (!sent_.empty() && sent_.front().sequence == sequence) {
    waiting_.push_front(std::move(sent_.front()));
    sent_.pop_front();
  } else if (place_of(sequence)) {
    return false;
  }
  if (sequence + 1 == recall_to_) recall_to_ = 0;
  return true;
}

HeldTask TaskWindow::end(std::size_t place) {
  HeldTask held = std::move(sent_.at(place));
  sent_.erase(sent_.begin() + static_cast<std::ptrdiff_t>(place));
  if (held.sequence + 1 >= recall_to_) recall_to_ = 0;
  ++ended_;
  careful_ -= std::min<std::size_t>(careful_, 1);
  return held;
}

void TaskWindow::host_is_gone() {
  for (; !sent_.empty(); sent_.pop_back()) waiting_.push_front(std::move(sent_.back()));
  sent_to_host_ = 0;
  recall_to_ = 0;
}

}  // namespace prs
