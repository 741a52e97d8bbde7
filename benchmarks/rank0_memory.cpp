// How much memory does rank 0 take for each mini-batch, beyond the paths (rule 3.8)? A farm of ten million mini-batches
// writes its ledger; then a start that finds all of them done reads it and hands out the output's shares. Each phase in
// a process of its own, whose peak of resident memory counts. Usage: bench_rank0_memory [MINI-BATCHES [WORKERS]]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <thread>

#include "dataset/growing_array.hpp"
#include "ledger/history.hpp"
#include "output/assembly_shares.hpp"
#include "scheduling/dispatcher.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::uint64_t fingerprint = 1;
constexpr std::uint64_t row_bytes = 1000;
constexpr std::uint32_t run_max_try = 3;

class Bench {
 public:
  Bench(std::uint64_t mini_batches, std::uint32_t workers)
      : mini_batches_(mini_batches),
        workers_(workers),
        folder_(std::filesystem::temp_directory_path() / "prs-bench-rank0-memory") {
    std::filesystem::remove_all(folder_);
    make_folders(folder_);
  }
  ~Bench() { std::filesystem::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  bool run() {
    std::printf("%llu mini-batches, %u workers; bytes for each mini-batch at the peak, beyond the paths\n",
                static_cast<unsigned long long>(mini_batches_), workers_);
    return in_process("farm, all mini-batches, each hundredth twice", [this] { farm(); }) &&
           in_process("start that finds all of them done", [this] { start(); }) &&
           in_process("  and then puts the output together", [this] {
             start();
             put_together();
           });
  }

 private:
  /// What rank 0 has all the time: the plan's own index, and the queue.
  void have_plan() {
    for (std::uint64_t i = 0; i < mini_batches_; ++i) plan_.push(i);
    plan_.shrink_to_fit();
    dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Options{
        mini_batches_, run_max_try, workers_, std::chrono::hours(1), std::chrono::milliseconds(20)});
  }

  void farm() {
    have_plan();
    IoThread io;
    LedgerWriter ledger(io, segment(1), {1, fingerprint, mini_batches_, 1, {}});
    Dispatcher::TimePoint now{std::chrono::seconds(1)};
    Commands commands;
    dispatcher_->begin(now);
    for (std::uint32_t worker = 1; worker <= workers_; ++worker) {
      dispatcher_->on_host_state(WorkerId{worker}, true, now, commands);
      dispatcher_->on_credit(WorkerId{worker}, 8, now, commands);
    }
    std::vector<std::uint64_t> part_bytes(workers_ + 1, 16);
    std::vector<HandOut> running;
    while (!commands.hand_outs.empty()) {
      running.swap(commands.hand_outs);
      commands.clear();
      for (const HandOut& out : running) {
        Outcome outcome{out.mini_batch, out.dequeue_count, TryStatus::run_exception, 1, 0, 0, {}};
        if (out.mini_batch.value % 100 != 0 || out.dequeue_count > 1) {
          outcome.status = TryStatus::run_done;
          outcome.succeeded = 1;
          outcome.rows = 1;
          outcome.stretch = {out.worker.value, part_bytes[out.worker.value], row_bytes, out.mini_batch.value};
          part_bytes[out.worker.value] += row_bytes;
        }
        dispatcher_->on_outcome(out.worker, outcome, now, commands);
        ledger.outcome(outcome, 0);
      }
      ledger.submit();
      while (io.backlog_bytes() > (4 << 20)) std::this_thread::yield();
    }
    io.finish();
  }

  void start() {
    have_plan();
    read().last.for_each([this](const LastOutcome& last) { dispatcher_->restore(last.outcome); });
    PRS_INVARIANT(dispatcher_->is_over());
  }

  void put_together() {
    const History history = read();
    AssemblyLayout layout(mini_batches_, "");
    Totals totals;
    history.last.for_each([&](const LastOutcome& last) {
      totals.add(last.outcome, run_max_try);
      layout.add(last.outcome.mini_batch, last.outcome.stretch);
    });
    PRS_INVARIANT(totals.tally == dispatcher_->tally());
    const auto rows = [&](std::uint64_t begin, std::uint64_t end) { return history.last.rows_of_range(begin, end); };
    AssemblyShares shares(layout, rows, split_assembly({{0, layout.total_bytes()}}, workers_), workers_);
    std::deque<std::string> under_way;  // no worker has taken its message yet
    for (std::size_t share = 0; share < shares.size(); ++share)
      for (std::size_t step = 0;; ++step) {
        std::string message = shares.step(share, step);
        if (message.empty()) break;
        under_way.push_back(std::move(message));
        if (under_way.size() > std::min<std::size_t>(workers_, shares.size())) under_way.pop_front();
      }
  }

  History read() const {
    return read_history([this](std::uint32_t start) { return segment(start); }, fingerprint, mini_batches_);
  }
  std::string segment(std::uint32_t start) const { return folder_ + "/" + std::to_string(start) + ".ledger"; }

  static struct rusage usage() {
    struct rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage;
  }
  static double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  }

  bool in_process(const char* phase, const std::function<void()>& work) const {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
      const long before = usage().ru_maxrss;
      work();
      const struct rusage after = usage();
      std::printf("%-46s %6.1f bytes %8.2f s of CPU\n", phase,
                  1024.0 * static_cast<double>(after.ru_maxrss - before) / static_cast<double>(mini_batches_),
                  seconds_of(after.ru_utime) + seconds_of(after.ru_stime));
      std::fflush(stdout);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0;
  }

  std::uint64_t mini_batches_;
  std::uint32_t workers_;
  std::string folder_;
  GrowingArray<std::uint64_t> plan_;  ///< stands for the plan's index, which is one of these
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace
}  // namespace prs

int main(int argc, char** argv) {
  const std::uint64_t mini_batches = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const auto workers = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000);
  return prs::Bench(mini_batches, workers).run() ? 0 : 1;
}
