// How many hand-outs a second the pure state machine makes, and its memory: 10 000 virtual workers, 10 million
// mini-batches. No clock, process or message is involved: what remains is the master's own share of a mini-batch's
// cost.
#include "scheduling/dispatcher.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Near the end of a run nearly all workers wait, and what fails goes to one of them after the other.
void print_retries(std::uint32_t workers) {
  using namespace prs;
  constexpr std::uint32_t tries = 200'000;
  const Dispatcher::TimePoint now{std::chrono::seconds(1)};
  Dispatcher dispatcher({1, tries, workers, std::chrono::hours(1), std::chrono::milliseconds(20)});
  dispatcher.begin(now);
  Commands commands;
  for (std::uint32_t worker = 1; worker <= workers; ++worker) {
    dispatcher.on_host_state(WorkerId{worker}, true, now, commands);
    dispatcher.on_credit(WorkerId{worker}, 8, now, commands);
  }
  const auto begin = std::chrono::steady_clock::now();
  while (!commands.hand_outs.empty()) {
    const HandOut out = commands.hand_outs.front();
    commands.clear();
    dispatcher.on_outcome(out.worker, {out.mini_batch, out.dequeue_count, TryStatus::run_exception, 1, 0, 0, {}}, now,
                          commands);
  }
  std::printf("retries while %u workers wait: %.2f million a second\n", workers, tries / seconds_since(begin) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace prs;
  const std::uint64_t mini_batches = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const auto workers = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000);
  const auto credit = static_cast<std::uint32_t>(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 8);
  const long before = peak_kib();
  const auto begin = std::chrono::steady_clock::now();
  Dispatcher::TimePoint now{std::chrono::seconds(1)};
  Dispatcher dispatcher({mini_batches, 3, workers, std::chrono::hours(1), std::chrono::milliseconds(20)});
  dispatcher.begin(now);
  Commands commands;
  for (std::uint32_t worker = 1; worker <= workers; ++worker) {
    dispatcher.on_host_state(WorkerId{worker}, true, now, commands);
    dispatcher.on_credit(WorkerId{worker}, credit, now, commands);
  }
  // Every hand-out ends at once, one in a hundred fails the first time.
  std::uint64_t hand_outs = 0;
  std::vector<HandOut> running;
  while (!commands.hand_outs.empty()) {
    running.swap(commands.hand_outs);
    commands.clear();
    for (const HandOut& out : running) {
      Outcome outcome{out.mini_batch, out.dequeue_count, TryStatus::run_done, 1, 1, 1, {}};
      if (out.mini_batch.value % 100 == 0 && out.dequeue_count == 1) outcome.status = TryStatus::run_exception;
      dispatcher.on_outcome(out.worker, outcome, now, commands);
    }
    hand_outs += running.size();
    now += std::chrono::microseconds(10);
  }
  const double seconds = seconds_since(begin);
  std::printf("%llu mini-batches, %u workers, credit %u: %llu hand-outs in %.2f s, %.2f million a second\n",
              static_cast<unsigned long long>(mini_batches), workers, credit,
              static_cast<unsigned long long>(hand_outs), seconds, static_cast<double>(hand_outs) / seconds / 1e6);
  std::printf("memory: %.1f MB, %.1f bytes per mini-batch\n", static_cast<double>(peak_kib() - before) / 1024,
              static_cast<double>(peak_kib() - before) * 1024 / static_cast<double>(mini_batches));
  print_retries(workers);
  return dispatcher.is_over() ? 0 : 1;
}
