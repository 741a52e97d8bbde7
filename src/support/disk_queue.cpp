#include "support/disk_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace prs {
namespace {
constexpr std::size_t gather_bytes = 1 << 20;  ///< small jobs for one file are put together, up to this much
}  // namespace

std::uint64_t DiskQueue::add(Job job) {
  backlog_.fetch_add(job.bytes.size(), std::memory_order_relaxed);
  waiting_.push_back(std::move(job));
  return ++submitted_;
}

void DiskQueue::take_lines() {
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(taken_));
  waiting_.clear();
  std::erase_if(taken_, [](const Job& job) { return !job.is_line; });
}

std::optional<DiskQueue::Job> DiskQueue::next() {
  if (taken_.empty()) return std::nullopt;
  Job job = std::move(taken_.front());
  taken_.pop_front();
  while (job.room_bytes == 0 && !taken_.empty() && taken_.front().file == job.file && taken_.front().room_bytes == 0 &&
         job.bytes.size() + taken_.front().bytes.size() <= gather_bytes) {
    job.bytes += taken_.front().bytes;
    ++job.tickets;
    taken_.pop_front();
  }
  return job;
}

void DiskQueue::set_over(const Job& job, bool is_written) {
  backlog_.fetch_sub(job.bytes.size(), std::memory_order_relaxed);
  if (is_written) written_.fetch_add(job.tickets, std::memory_order_release);
}

}  // namespace prs
