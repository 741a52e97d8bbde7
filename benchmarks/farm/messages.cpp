// How many hand-outs a second go through MPI, and what does rank 0 spend on each rank at the start and at the end?
// mpirun -n N bench_messages: rank 0 is the real master; the other ranks have no script and report at once. Rank 0
// prints one line; benchmarks/saturation.py runs it with 2 to 64 ranks.
#include <CLI/CLI.hpp>
#include <boost/mpi/environment.hpp>
#include <cstdio>
#include <thread>

#include "benchmarks/farm/bench_master.hpp"
#include "benchmarks/farm/watched_transport.hpp"
#include "farm/leave.hpp"
#include "mpi/gather_world.hpp"
#include "mpi/mpi_transport.hpp"
#include "mpi/tally_rounds.hpp"

namespace prs {
namespace {
using protocol::Tag;

struct Options {
  std::uint64_t mini_batches = 50'000;
  std::uint32_t credit = 1;
  int echoes = 20'000;  ///< messages there and back, before the farm
  double begun = 0;     ///< when mpirun was started, in seconds since the epoch
};

/// A rank without a script.
class Stub {
 public:
  Stub(Transport& transport, const MakeRounds& make_rounds, std::uint32_t credit)
      : transport_(transport), rounds_(make_rounds({})), credit_(credit) {}

  void serve() {
    while (!has_left_) {
      while (const auto letter = transport_.receive()) on_letter(*letter);
      if (is_farming_) rounds_->step({}, transport_.now());
      std::vector<pollfd> none;
      if (!has_left_) transport_.rest(none, {});
    }
    transport_.flush(std::chrono::seconds(5));
  }

 private:
  void on_letter(const Letter& letter) {
    switch (letter.tag) {
      case Tag::survey:  // an echo
        return transport_.send(0, Tag::surveyed, letter.bytes);
      case Tag::open:
        is_farming_ = true;
        rounds_->begin_farm(protocol::plain_value<std::uint32_t>(letter.bytes));
        transport_.send(0, Tag::host_state, protocol::plain_bytes(true));
        return report({});
      case Tag::work:
        return report(protocol::work_of(letter.bytes).tasks);
      case Tag::call_back:
        return transport_.send(0, Tag::given_back, protocol::to_bytes(std::vector<MiniBatchIndex>()));
      case Tag::close:
        rounds_->hurry();
        return transport_.send(0, Tag::closed, protocol::plain_bytes(protocol::Closed()));
      case Tag::leave:
        has_left_ = true;
        return;
      default:
        return;
    }
  }

  void report(const std::vector<Task>& tasks) {
    protocol::Report report;
    report.credit = credit_;
    for (const Task& task : tasks) {
      Outcome& outcome = report.outcomes.emplace_back().outcome;
      outcome.mini_batch = task.mini_batch;
      outcome.dequeue_count = task.dequeue_count;
      outcome.items = outcome.succeeded = 1;
      outcome.rows = 1;
    }
    if (is_first_ || !tasks.empty()) transport_.send(0, Tag::report, protocol::to_bytes(report));
    is_first_ = false;
  }

  Transport& transport_;
  std::unique_ptr<Rounds> rounds_;
  std::uint32_t credit_;
  bool is_farming_ = false, is_first_ = true, has_left_ = false;
};

/// Processor time of one message.
struct MessageTime {
  double send_microseconds = 0, receive_microseconds = 0;
};

/// As busy as a master can be: what it receives is there already.
MessageTime time_echoes(Transport& transport, int ranks, int echoes) {
  const std::string bytes(180, 'x');  // a Work with one path
  double send = 0, receive = 0;
  int received = 0;
  const int workers = ranks - 1, in_flight = std::max(1, 256 / workers);
  while (received < echoes) {
    double before = moment_now().processor_seconds;
    for (int i = 0; i < in_flight; ++i)
      for (int rank = 1; rank < ranks; ++rank) transport.send(rank, Tag::survey, bytes);
    send += moment_now().processor_seconds - before;
    for (int missing = in_flight * workers; missing > 0;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      before = moment_now().processor_seconds;
      int now = 0;
      while (transport.receive()) ++now;
      if (now > 0) receive += moment_now().processor_seconds - before;
      missing -= now;
      received += now;
    }
  }
  return {send / received * 1e6, receive / received * 1e6};
}

void tell(const char* name, const Moment& from, const Moment& to, int workers) {
  std::printf(" %s_seconds=%.4f %s_processor_microseconds_a_worker=%.2f", name, to.wall_seconds - from.wall_seconds,
              name, (to.processor_seconds - from.processor_seconds) / workers * 1e6);
}

void serve_as_master(const Options& options, const World& world, Transport& mpi, const MakeRounds& make_rounds) {
  const Moment together = moment_now();
  const int ranks = world.size();
  const MessageTime message = time_echoes(mpi, ranks, options.echoes);
  WatchedTransport transport(mpi, ranks);
  BenchMaster master(world, transport, make_rounds, options.mini_batches);
  const Moment begin = moment_now();
  for (int rank = 1; rank < ranks; ++rank) transport.send(rank, Tag::start, master.start_bytes());
  master.farm();
  const Moment over = moment_now();
  const Moment closing = transport.first_close();
  const auto count = static_cast<double>(options.mini_batches);
  take_leave({}, world, transport);
  const Moment left = moment_now();
  std::printf("ranks=%d credit=%u start_seconds=%.4f start_processor_microseconds_a_worker=%.2f", ranks, options.credit,
              together.wall_seconds - options.begun, together.processor_seconds / (ranks - 1) * 1e6);
  std::printf(" send_microseconds=%.3f receive_microseconds=%.3f", message.send_microseconds,
              message.receive_microseconds);
  tell("open", begin, transport.all_ready(), ranks - 1);
  tell("close", closing, transport.all_closed(), ranks - 1);
  tell("last_rounds", transport.all_closed(), over, ranks - 1);
  tell("leave", over, left, ranks - 1);
  const Moment ready = transport.all_ready();
  std::printf(" farm_seconds=%.4f hand_outs_a_second=%.0f processor_microseconds_a_hand_out=%.3f",
              closing.wall_seconds - ready.wall_seconds, count / (closing.wall_seconds - ready.wall_seconds),
              (closing.processor_seconds - ready.processor_seconds) / count * 1e6);
  std::printf(" sent_each=%.3f received_each=%.3f\n", static_cast<double>(transport.sent()) / count,
              static_cast<double>(transport.received()) / count);
}

void serve(const Options& options) {
  const boost::mpi::communicator communicator;
  const World world = gather_world(communicator, "", [] { return HostsQuestion{}; }, {}).world();
  const RoundComms comms = RoundComms::make(communicator);
  RankWatch peers(communicator, world, communicator.rank());
  MpiTransport transport(communicator, peers);
  const MakeRounds make_rounds = [&](const Thresholds& thresholds) {
    return std::make_unique<TallyRounds>(comms, thresholds);
  };
  if (communicator.rank() == 0)
    serve_as_master(options, world, transport, make_rounds);
  else
    Stub(transport, make_rounds, options.credit).serve();
}

}  // namespace
}  // namespace prs

int main(int argc, char** argv) {
  prs::Options options;
  CLI::App app("One master and ranks that report at once, over MPI");
  app.add_option("--mini-batches", options.mini_batches, "to be handed out");
  app.add_option("--credit", options.credit, "mini-batches that a worker may hold");
  app.add_option("--echoes", options.echoes, "messages there and back, before that");
  app.add_option("--begun", options.begun, "when mpirun was started, in seconds since the epoch");
  CLI11_PARSE(app, argc, argv);
  const boost::mpi::environment environment(boost::mpi::threading::funneled);
  prs::serve(options);
  return 0;
}
