#include <gtest/gtest.h>

#include <map>
#include <queue>
#include <random>

#include "scheduling/dispatcher.hpp"

namespace prs {
namespace {

using namespace std::chrono_literals;
using Time = Dispatcher::TimePoint;

/// A farm with virtual workers and a virtual clock: tries end, fail, hang; hosts die with work in hand; workers go for
/// good; call-backs are answered late. Nothing but the dispatcher is real.
class FarmSimulation {
 public:
  FarmSimulation(std::uint64_t mini_batches, std::uint32_t workers, std::uint32_t run_max_try, std::uint64_t seed)
      : dispatcher_({mini_batches, run_max_try, workers, 600s, 20ms}),
        run_max_try_(run_max_try),
        random_(seed),
        workers_(workers + 1),
        ended_(mini_batches) {
    dispatcher_.begin(now_);
    for (std::uint32_t i = 1; i <= workers; ++i) push(1ms * pick(50), i, Kind::ready);
  }

  /// One event; false when nothing more will happen.
  bool step() {
    if (events_.empty()) return false;
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    perform(event);
    dispatcher_.on_tick(now_, commands_);
    carry_out();
    return true;
  }
  const Dispatcher& dispatcher() const { return dispatcher_; }
  const Tally& expected() const { return expected_; }
  std::uint64_t done_twice() const { return done_twice_; }
  /// What a last round over the living would bring.
  Tally reduced() const {
    Tally sum = dispatcher_.tally_of_no_worker();
    for (const VirtualWorker& worker : workers_) sum += worker.charged;
    return sum;
  }
  const Tally& lost() const { return lost_; }

 private:
  enum class Kind { ready, run_ended, give_back, gone };
  struct Event {
    Time time;
    std::uint32_t worker;
    Kind kind;
    bool operator<(const Event& other) const { return time > other.time; }
  };
  struct VirtualWorker {
    std::deque<HandOut> held;  // the first one runs
    bool is_present = true;
    bool is_down = false;  // its host died, and a new one is in init()
    std::uint32_t keep = 0;
    Tally charged;  // what it adds to the rounds
  };

  std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
  }
  void push(Dispatcher::Duration later, std::uint32_t worker, Kind kind) { events_.push({now_ + later, worker, kind}); }
  Dispatcher::Duration run_time() { return pick(100) == 0 ? 5s : std::chrono::microseconds(10 + pick(2000)); }

  void perform(const Event& event) {
    VirtualWorker& worker = workers_[event.worker];
    if (!worker.is_present) return;
    const WorkerId id{event.worker};
    switch (event.kind) {
      case Kind::ready:
        if (worker.is_down && !worker.held.empty()) push(run_time(), event.worker, Kind::run_ended);
        worker.is_down = false;
        dispatcher_.on_host_state(id, true, now_, commands_);
        dispatcher_.on_credit(id, static_cast<std::uint32_t>(1 + pick(64)), now_, commands_);
        return;
      case Kind::run_ended:
        return end_run(event.worker, worker);
      case Kind::give_back: {
        std::vector<MiniBatchIndex> back;
        while (worker.held.size() > (worker.is_down ? 0 : std::max<std::size_t>(1, worker.keep))) {
          back.push_back(worker.held.back().mini_batch);
          worker.held.pop_back();
        }
        return dispatcher_.on_given_back(id, back, now_, commands_);
      }
      case Kind::gone:
        worker.is_present = false;
        worker.held.clear();
        ++gone_;
        // A lost rank takes its part of the rounds with it; one whose hosts fail in init() stays.
        if (pick(2) == 0) return dispatcher_.on_worker_gone(id, now_, commands_);
        dispatcher_.on_worker_lost(id, true, now_, commands_);
        lost_ += worker.charged;
        worker.charged = {};
        return;
    }
  }

  void end_run(std::uint32_t number, VirtualWorker& worker) {
    if (worker.held.empty() || worker.is_down) return;
    const WorkerId id{number};
    const HandOut ended = worker.held.front();
    worker.held.pop_front();
    Outcome outcome{ended.mini_batch, ended.dequeue_count, TryStatus::run_done, 3, 3, 3, {}};
    if (pick(3) == 0) {
      outcome.status = pick(2) == 0 ? TryStatus::run_exception : TryStatus::process_died;
      outcome.succeeded = 0;
    } else if (pick(5) == 0) {
      outcome.succeeded = 1;
    } else {
      EXPECT_FALSE(ended_[ended.mini_batch.value]);
    }
    if (outcome.is_done()) {
      done_twice_ += ended_[ended.mini_batch.value];
      ended_[ended.mini_batch.value] = true;
    }
    if (outcome.status == TryStatus::process_died) {
      worker.is_down = true;
      dispatcher_.on_host_state(id, false, now_, commands_);
      push(1ms * pick(400), number, Kind::ready);
    }
    const Tally charge = charge_of(outcome, ended.previous_try_failed, run_max_try_);
    expected_ += charge;
    worker.charged += charge;
    EXPECT_TRUE(dispatcher_.on_outcome(id, outcome, now_, commands_));
    EXPECT_FALSE(dispatcher_.on_outcome(id, outcome, now_, commands_)) << "the same outcome twice";
    // Some change their credit as run times change; a few are lost for good.
    if (pick(50) == 0) dispatcher_.on_credit(id, static_cast<std::uint32_t>(1 + pick(64)), now_, commands_);
    if (pick(20000) == 0 && gone_ + 2 < workers_.size()) push(1us, number, Kind::gone);
    if (!worker.held.empty() && !worker.is_down) push(run_time(), number, Kind::run_ended);
  }

  void carry_out() {
    for (const HandOut& hand_out : commands_.hand_outs) {
      VirtualWorker& worker = workers_[hand_out.worker.value];
      ASSERT_TRUE(worker.is_present);
      ASSERT_FALSE(worker.is_down) << "work for a host that is down";
      worker.held.push_back(hand_out);
      if (worker.held.size() == 1) push(run_time(), hand_out.worker.value, Kind::run_ended);
    }
    for (const CallBack& call_back : commands_.call_backs) {
      workers_[call_back.worker.value].keep = call_back.keep;
      push(1ms * pick(20), call_back.worker.value, Kind::give_back);
    }
    for (const Outcome& outcome : commands_.given_up) {
      const Tally charge = charge_of(outcome, outcome.dequeue_count > 1, run_max_try_);
      expected_ += charge;
      lost_ += charge;
    }
    commands_.clear();
  }

  Time now_{1s};
  Dispatcher dispatcher_;
  std::uint32_t run_max_try_;
  std::mt19937_64 random_;
  std::vector<VirtualWorker> workers_;
  std::vector<bool> ended_;
  std::priority_queue<Event> events_;
  Commands commands_;
  Tally expected_;
  Tally lost_;  // charged by ranks that are no more
  std::uint64_t gone_ = 0;
  std::uint64_t done_twice_ = 0;
};

}  // namespace

TEST(FarmSimulation, AThousandWorkersWithRandomFaultsKeepEveryInvariantAfterEachStep) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  FarmSimulation farm(4000, 1000, 3, seed);
  std::uint64_t steps = 0;
  while (farm.step()) {
    farm.dispatcher().check_invariants();
    ++steps;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(steps, 4000U);
  EXPECT_TRUE(farm.dispatcher().is_over());
  EXPECT_TRUE(farm.dispatcher().all_handed_out());
  EXPECT_EQ(farm.dispatcher().running(), 0U);
  EXPECT_EQ(farm.dispatcher().tally(), farm.expected()) << "the workers' own charges must sum up to the dispatcher's";
  EXPECT_EQ(farm.done_twice(), 0U);
}

TEST(FarmSimulation, EveryMiniBatchEndsWhateverTheNumberOfWorkersAndTries) {
  std::random_device device;
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto workers = static_cast<std::uint32_t>(1 + seed % 7);
    FarmSimulation farm(seed % 300, workers, static_cast<std::uint32_t>(1 + seed % 5), seed);
    while (farm.step()) {
    }
    farm.dispatcher().check_invariants();
    ASSERT_TRUE(farm.dispatcher().is_over());
    ASSERT_EQ(farm.dispatcher().tally(), farm.expected());
    ASSERT_EQ(farm.reduced(), farm.expected()) << "what the living and rank 0 add is all there is";
    ASSERT_EQ(farm.dispatcher().tally_of_no_worker(), farm.lost());
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace prs
