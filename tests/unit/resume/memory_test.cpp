// rule 3.8: what rank 0 holds for each mini-batch, beyond the paths, at the start, in the farm and while the rows are
// put together. A program of its own, since it counts every byte that is allocated.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <new>

#include "output/assembly_shares.hpp"
#include "scheduling/dispatcher.hpp"
#include "tests/unit/resume/run_on_disk.hpp"

namespace {

std::atomic<std::size_t> live_bytes{0};
std::atomic<std::size_t> peak_bytes{0};

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = live_bytes += ::malloc_usable_size(memory);
  for (std::size_t peak = peak_bytes; now > peak && !peak_bytes.compare_exchange_weak(peak, now);) {
  }
  return memory;
}

void give_back(void* memory) {
  live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(std::aligned_alloc(static_cast<std::size_t>(alignment), size));
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  give_back(memory);
}

namespace prs {
namespace {

constexpr std::uint64_t plan = 77;
constexpr std::size_t plan_bytes = 8;  ///< of the plan itself for each mini-batch, beyond the paths (FilePlan)
constexpr std::size_t most_bytes = 40;
constexpr std::uint32_t workers = 4;

/// A run whose mini-batches are all done, every tenth in its second try.
class FinishedRun {
 public:
  explicit FinishedRun(std::uint64_t mini_batches) : mini_batches_(mini_batches), random_(1), on_disk_(1, random_) {
    IoThread io;
    LedgerWriter ledger(io, on_disk_.folder().ledger(1), {1, plan, mini_batches, 1, {}});
    Stretch stretch{1, 16, 100, 7};
    for (std::uint64_t i = 0; i < mini_batches; ++i) {
      if (i % 10 == 0) ledger.outcome({{i}, 1, TryStatus::run_exception, 3, 0, 0, {}}, 0);
      ledger.outcome({{i}, i % 10 == 0 ? 2U : 1U, TryStatus::run_done, 3, 3, 3, stretch}, 0);
      stretch.offset_bytes += stretch.length_bytes;
      if (i % 1000 == 0) ledger.submit();
    }
    ledger.submit();
    io.finish();
  }

  /// The most that was held at once for the whole of a start that finds all done, as it is for the master.
  std::size_t peak_of_a_start() {
    const std::size_t before = live_bytes;
    peak_bytes = before;
    Dispatcher::Options options;
    options.mini_batches = mini_batches_;
    options.workers = workers;
    Dispatcher dispatcher(options);
    read().last.for_each([&](const LastOutcome& last) { dispatcher.restore(last.outcome); });
    EXPECT_TRUE(dispatcher.is_over());
    put_together();
    return peak_bytes - before;
  }

 private:
  History read() {
    return read_history([this](std::uint32_t start) { return on_disk_.folder().ledger(start); }, plan, mini_batches_);
  }

  void put_together() {
    const History history = read();
    AssemblyLayout layout(mini_batches_, "");
    Totals totals;
    history.last.for_each([&](const LastOutcome& last) {
      totals.add(last.outcome, 3);
      layout.add(last.outcome.mini_batch, last.outcome.stretch);
    });
    EXPECT_EQ(totals.tally.done, static_cast<std::int64_t>(mini_batches_));
    const auto rows = [&](std::uint64_t begin, std::uint64_t end) { return history.last.rows_of_range(begin, end); };
    AssemblyShares shares(layout, rows, split_assembly({{0, layout.total_bytes()}}, workers), workers);
    ASSERT_GE(shares.size(), workers);
    std::deque<std::string> under_way;  // in the mailbox
    for (std::size_t share = 0; share < shares.size(); ++share)
      for (std::size_t step = 0;; ++step) {
        if (under_way.size() == workers) under_way.pop_front();
        under_way.push_back(shares.step(share, step));
        if (under_way.back().empty()) break;
      }
  }

  std::uint64_t mini_batches_;
  std::mt19937_64 random_;
  RunOnDisk on_disk_;
};

TEST(Memory, AMiniBatchMoreTakesAtMost40BytesOfRank0) {
  constexpr std::uint64_t more = 400'000;
  const std::size_t few = FinishedRun(more).peak_of_a_start();
  const std::size_t many = FinishedRun(2 * more).peak_of_a_start();
  const double bytes = static_cast<double>(many - few) / static_cast<double>(more) + plan_bytes;
  std::printf("%.1f bytes for each mini-batch\n", bytes);
  EXPECT_LE(bytes, most_bytes);
}

}  // namespace
}  // namespace prs
