// How many workers can one master keep busy? The real farm code of rank 0 hands mini-batches out to as many virtual
// workers as asked for, in virtual time: what the farm's code really costs, what a message costs (measured by
// bench_messages), and naps. Prints one line for each number of workers and each duration.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "benchmarks/farm/bench_master.hpp"
#include "benchmarks/farm/virtual_transport.hpp"

namespace prs {
namespace {

struct Options {
  std::vector<int> workers{1000, 10'000, 100'000};
  std::vector<double> run_seconds{10};
  double spread = 0.5;
  double send_microseconds = 2.2, receive_microseconds = 1.6, latency_microseconds = 20;
  double start_seconds = 1;
  double runs_for_each = 10;
  double least_seconds = 5;
  std::uint64_t most_mini_batches = 3'000'000;
};

Duration microseconds_of(double count) {
  return duration_of(count * 1e-6);
}

/// So many that the farm lasts a while, and the last wave does not count for much.
std::uint64_t mini_batches_of(const Options& options, int workers, double run_seconds) {
  const double for_each = std::max(options.runs_for_each, options.least_seconds / run_seconds);
  return std::min(options.most_mini_batches, static_cast<std::uint64_t>(for_each * workers));
}

void measure(const Options& options, int workers, double run_seconds) {
  const VirtualRuns runs{duration_of(run_seconds), options.spread, duration_of(options.start_seconds),
                         microseconds_of(options.latency_microseconds)};
  const MessageCost cost{microseconds_of(options.send_microseconds), microseconds_of(options.receive_microseconds)};
  VirtualTransport transport(workers + 1, runs, cost);
  const World world = world_of_hosts(workers + 1);
  const MakeRounds rounds = [](const Thresholds&) { return std::make_unique<VirtualRounds>(); };
  const std::uint64_t mini_batches = mini_batches_of(options, workers, run_seconds);
  BenchMaster bench(world, transport, rounds, mini_batches);
  const TimePoint begin = transport.now();
  std::optional<TimePoint> end;
  VirtualCost spent;
  transport.at_rest([&] {
    while (bench.backlog_bytes() > 0) std::this_thread::yield();
    if (end || bench.master().dispatcher().never_handed_out() > 0) return;
    end = transport.now();
    spent = transport.spent();
    transport.workers().close_window(*end);
  });
  bench.farm();
  const std::uint64_t sent_in_the_end = transport.spent().sent - spent.sent;
  const VirtualIdleness idleness = transport.workers().idleness();
  const double seconds = seconds_of(*end - begin), count = static_cast<double>(mini_batches);
  std::printf("%d,%g,%llu,%.2f,%.5f,%.5f,%.5f,%.0f,%.2f,%.2f,%.2f,%llu,%.2f\n", workers, run_seconds,
              static_cast<unsigned long long>(mini_batches), seconds, 1 - idleness.mean, idleness.worst,
              seconds_of(spent.busy) / seconds, count / seconds, seconds_of(spent.code) / count * 1e6,
              static_cast<double>(spent.sent) / count, static_cast<double>(spent.received) / count,
              static_cast<unsigned long long>(spent.turns), static_cast<double>(sent_in_the_end) / workers);
  std::fflush(stdout);
}

}  // namespace
}  // namespace prs

int main(int argc, char** argv) {
  prs::Options options;
  CLI::App app("One master and many virtual workers");
  app.add_option("--workers", options.workers, "numbers of workers")->delimiter(',');
  app.add_option("--run", options.run_seconds, "seconds of a mini-batch")->delimiter(',');
  app.add_option("--spread", options.spread, "a run takes its seconds x (1 +- SPREAD)");
  app.add_option("--send", options.send_microseconds, "microseconds for rank 0 to send a message");
  app.add_option("--receive", options.receive_microseconds, "microseconds for rank 0 to receive one");
  app.add_option("--latency", options.latency_microseconds, "microseconds of a message on its way");
  app.add_option("--start", options.start_seconds, "seconds within which the hosts get ready");
  app.add_option("--runs", options.runs_for_each, "mini-batches for each worker, at least");
  app.add_option("--seconds", options.least_seconds, "of virtual time, at least");
  app.add_option("--most", options.most_mini_batches, "mini-batches in all, at most");
  CLI11_PARSE(app, argc, argv);
  std::printf(
      "workers,run_seconds,mini_batches,seconds,efficiency,worst_idle,rank0_busy,hand_outs_a_second,"
      "code_microseconds_each,sent_each,received_each,turns,sent_to_a_worker_in_the_end\n");
  for (const double run_seconds : options.run_seconds)
    for (const int workers : options.workers) prs::measure(options, workers, run_seconds);
  return 0;
}
