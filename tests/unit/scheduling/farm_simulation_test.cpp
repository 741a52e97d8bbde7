#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <set>

#include "scheduling/dispatcher.hpp"

namespace prs {
namespace {

using namespace std::chrono_literals;
using Time = Dispatcher::TimePoint;

/// What goes wrong in a simulated farm.
struct Faults {
  std::uint64_t seed = 0;
  std::set<std::uint64_t> killers = {};      ///< mini-batches whose run() kills its rank at once
  std::uint64_t one_loss_in = 20000;         ///< tries; 0: workers are lost by nothing but killers
  std::uint64_t one_worker_gone_in = 20000;  ///< tries; its hosts cannot come through init() any more
  int farms = 1;                             ///< after each but the last some rows are found damaged
};

/// A farm with virtual workers and a virtual clock. Workers gather outcomes and report some at a time, later; tries
/// fail or hang; hosts die with work in hand; workers go for good, with what they have not reported; call-backs are
/// answered late; rows turn out damaged when all is over. Nothing but the dispatcher is real.
class FarmSimulation {
 public:
  FarmSimulation(std::uint64_t mini_batches, std::uint32_t workers, std::uint32_t run_max_try, const Faults& faults)
      : dispatcher_({mini_batches, run_max_try, workers, 600s, 20ms}),
        run_max_try_(run_max_try),
        faults_(faults),
        random_(faults.seed),
        workers_(workers + 1),
        last_(mini_batches),
        present_(workers) {
    dispatcher_.begin(now_);
    for (std::uint32_t i = 1; i <= workers; ++i) push(1ms * pick(50), i, Kind::ready);
  }

  /// One event; false when nothing more will happen.
  bool step() {
    if (events_.empty()) return begin_another_farm();
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    if (workers_[event.worker].is_present) perform(event);
    dispatcher_.on_tick(now_, commands_);
    carry_out();
    return true;
  }
  const Dispatcher& dispatcher() const { return dispatcher_; }
  const Tally& expected() const { return expected_; }
  std::uint64_t done_twice() const { return done_twice_; }
  std::uint64_t stale() const { return stale_; }
  std::uint64_t lost_workers() const { return lost_workers_; }
  std::uint64_t damaged() const { return damaged_; }
  const std::set<std::uint64_t>& given_up_for_losses() const { return given_up_; }
  /// What a last round over the living would bring.
  Tally reduced() const {
    Tally sum = dispatcher_.tally_of_no_worker();
    for (const VirtualWorker& worker : workers_) sum += worker.charged;
    return sum;
  }

 private:
  enum class Kind { ready, run_ended, report, give_back, gone, lost };
  struct Event {
    Time time;
    std::uint32_t worker;
    Kind kind;
    bool operator<(const Event& other) const { return time > other.time; }
  };
  struct VirtualWorker {
    std::deque<HandOut> held;         // the first one runs
    std::vector<Outcome> unreported;  // the dispatcher still takes these for held
    bool is_present = true;
    bool is_down = false;  // its host died, and a new one is in init()
    std::uint32_t keep = 0;
    Tally charged;  // what it adds to the rounds
  };

  std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
  }
  bool hits(std::uint64_t one_in) { return one_in > 0 && pick(one_in) == 0; }
  void push(Dispatcher::Duration later, std::uint32_t worker, Kind kind) { events_.push({now_ + later, worker, kind}); }
  Dispatcher::Duration run_time() { return hits(100) ? 5s : std::chrono::microseconds(10 + pick(2000)); }

  void perform(const Event& event) {
    VirtualWorker& worker = workers_[event.worker];
    const WorkerId id{event.worker};
    switch (event.kind) {
      case Kind::ready:
        worker.is_down = false;
        begin_run(event.worker);
        dispatcher_.on_host_state(id, true, now_, commands_);
        return dispatcher_.on_credit(id, credit(), now_, commands_);
      case Kind::run_ended:
        return end_run(event.worker);
      case Kind::report:
        return report(event.worker);
      case Kind::give_back: {
        std::vector<MiniBatchIndex> back;
        while (worker.held.size() > (worker.is_down ? 0 : std::max<std::size_t>(1, worker.keep))) {
          back.push_back(worker.held.back().mini_batch);
          worker.held.pop_back();
        }
        return dispatcher_.on_given_back(id, back, now_, commands_);
      }
      case Kind::gone:
        return go(event.worker);
      case Kind::lost:
        return lose(event.worker);
    }
  }

  std::uint32_t credit() { return static_cast<std::uint32_t>(1 + pick(64)); }

  /// The first that it holds begins, where nothing runs.
  void begin_run(std::uint32_t number) {
    const VirtualWorker& worker = workers_[number];
    if (worker.held.empty() || worker.is_down) return;
    const bool kills = faults_.killers.contains(worker.held.front().mini_batch.value);
    push(run_time(), number, kills ? Kind::lost : Kind::run_ended);
  }

  void end_run(std::uint32_t number) {
    VirtualWorker& worker = workers_[number];
    if (worker.held.empty() || worker.is_down) return;
    const HandOut ended = worker.held.front();
    worker.held.pop_front();
    Outcome outcome{ended.mini_batch, ended.dequeue_count, TryStatus::run_done, 3, 3, 3, {}};
    if (hits(3)) {
      outcome.status = hits(2) ? TryStatus::run_exception : TryStatus::process_died;
      outcome.succeeded = 0;
    } else if (hits(5)) {
      outcome.succeeded = 1;
    }
    if (worker.unreported.empty()) push(std::chrono::microseconds(pick(3000)), number, Kind::report);
    worker.unreported.push_back(outcome);
    if (outcome.status == TryStatus::process_died) {
      worker.is_down = true;
      dispatcher_.on_host_state(WorkerId{number}, false, now_, commands_);
      push(1ms * pick(400), number, Kind::ready);
    }
    if (present_ > 2 && hits(faults_.one_worker_gone_in)) push(1us, number, Kind::gone);
    if (present_ > 2 && hits(faults_.one_loss_in)) push(1us, number, Kind::lost);
    begin_run(number);
  }

  /// Everything that has ended since the last report, in one message.
  void report(std::uint32_t number) {
    VirtualWorker& worker = workers_[number];
    const WorkerId id{number};
    for (const Outcome& ended : std::exchange(worker.unreported, {})) {
      const bool is_taken = dispatcher_.on_outcome(id, ended, now_, commands_);
      EXPECT_FALSE(dispatcher_.on_outcome(id, ended, now_, commands_)) << "the same outcome twice";
      if (!is_taken) {
        ++stale_;
        continue;
      }
      const Tally charge = charge_of(ended, run_max_try_);
      expected_ += charge;
      worker.charged += charge;
      Outcome& last = last_[ended.mini_batch.value];
      done_twice_ += last.dequeue_count > 0 && last.is_done();
      last = ended;
    }
    // Some change their credit as run times change.
    if (hits(50)) dispatcher_.on_credit(id, credit(), now_, commands_);
  }

  /// Its hosts cannot come through init(): the rank lives on, and what it has not reported comes too late.
  void go(std::uint32_t number) {
    VirtualWorker& worker = workers_[number];
    --present_;
    dispatcher_.on_worker_gone(WorkerId{number}, now_, commands_);
    report(number);
    worker.held.clear();
    worker.is_present = false;
  }

  void lose(std::uint32_t number) {
    VirtualWorker& worker = workers_[number];
    --present_;
    ++lost_workers_;
    dispatcher_.on_worker_lost(WorkerId{number}, true, now_, commands_);
    for (const MiniBatchIndex marked : commands_.loss_marks) suspects_.insert(marked.value);
    lost_ += worker.charged;
    worker = {};
    worker.is_present = false;
  }

  void carry_out() {
    for (const HandOut& hand_out : commands_.hand_outs) {
      VirtualWorker& worker = workers_[hand_out.worker.value];
      ASSERT_TRUE(worker.is_present);
      ASSERT_FALSE(worker.is_down) << "work for a host that is down";
      if (!worker.held.empty()) {
        ASSERT_FALSE(suspects_.contains(hand_out.mini_batch.value)) << "a suspect in company";
        ASSERT_FALSE(suspects_.contains(worker.held.front().mini_batch.value)) << "company for a suspect";
      }
      worker.held.push_back(hand_out);
      if (worker.held.size() == 1) begin_run(hand_out.worker.value);
    }
    for (const CallBack& call_back : commands_.call_backs) {
      workers_[call_back.worker.value].keep = call_back.keep;
      push(1ms * pick(20), call_back.worker.value, Kind::give_back);
    }
    for (const Outcome& outcome : commands_.given_up) {
      const Tally charge = charge_of(outcome, run_max_try_);
      expected_ += charge;
      lost_ += charge;
      last_[outcome.mini_batch.value] = outcome;
      given_up_.insert(outcome.mini_batch.value);
    }
    commands_.clear();
    for (auto at = suspects_.begin(); at != suspects_.end();)
      at = last_[*at].dequeue_count > 0 && last_[*at].is_done() ? suspects_.erase(at) : std::next(at);
  }

  /// Some rows of what is done are found damaged; false where this was the last farm.
  bool begin_another_farm() {
    if (--faults_.farms <= 0) return false;
    for (Outcome& last : last_) {
      if (last.dequeue_count == 0 || !last.is_done() || !hits(10)) continue;
      const Tally charge = tally_of(last, run_max_try_);
      expected_ -= charge;
      lost_ -= charge;
      dispatcher_.on_bad_stretch(last, now_, commands_);
      last = {};
      ++damaged_;
    }
    carry_out();
    return true;
  }

  Time now_{1s};
  Dispatcher dispatcher_;
  std::uint32_t run_max_try_;
  Faults faults_;
  std::mt19937_64 random_;
  std::vector<VirtualWorker> workers_;
  std::vector<Outcome> last_;  // that was taken, by mini-batch; dequeue_count 0: none
  std::priority_queue<Event> events_;
  Commands commands_;
  Tally expected_;
  Tally lost_;                        // what no worker's own tries account for
  std::set<std::uint64_t> suspects_;  // a lost worker held them, and they have not passed
  std::set<std::uint64_t> given_up_;  // for losses
  std::uint64_t present_;
  std::uint64_t done_twice_ = 0, stale_ = 0, lost_workers_ = 0, damaged_ = 0;

 public:
  const Tally& lost() const { return lost_; }
};

/// Runs it to the end, with every invariant after each step where the farm is small enough for that.
void run(FarmSimulation& farm, bool checks_each_step) {
  while (farm.step()) {
    if (checks_each_step) farm.dispatcher().check_invariants();
    if (testing::Test::HasFailure()) return;
  }
  farm.dispatcher().check_invariants();
  ASSERT_TRUE(farm.dispatcher().is_over());
  ASSERT_TRUE(farm.dispatcher().all_handed_out());
  ASSERT_EQ(farm.dispatcher().running(), 0U);
  ASSERT_EQ(farm.dispatcher().tally(), farm.expected()) << "the workers' own charges must sum up to the dispatcher's";
  ASSERT_EQ(farm.reduced(), farm.expected()) << "what the living and rank 0 add is all there is";
  ASSERT_EQ(farm.dispatcher().tally_of_no_worker(), farm.lost());
  ASSERT_EQ(farm.done_twice(), 0U);
}

}  // namespace

TEST(FarmSimulation, AThousandWorkersWithRandomFaultsKeepEveryInvariantAfterEachStep) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  FarmSimulation farm(4000, 1000, 3, {.seed = seed, .one_loss_in = 500, .one_worker_gone_in = 500, .farms = 2});
  run(farm, true);
  EXPECT_GT(farm.lost_workers(), 0U);
  EXPECT_GT(farm.damaged(), 0U);
}

TEST(FarmSimulation, EveryMiniBatchEndsWhateverTheNumberOfWorkersAndTries) {
  std::random_device device;
  std::uint64_t stale = 0, lost = 0, damaged = 0;
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    FarmSimulation farm(1 + seed % 300, static_cast<std::uint32_t>(1 + seed % 7),
                        static_cast<std::uint32_t>(1 + seed % 5),
                        {.seed = seed, .one_loss_in = 100, .one_worker_gone_in = 100, .farms = 3});
    run(farm, true);
    if (testing::Test::HasFatalFailure()) return;
    stale += farm.stale();
    lost += farm.lost_workers();
    damaged += farm.damaged();
  }
  EXPECT_GT(stale, 0U);
  EXPECT_GT(lost, 0U);
  EXPECT_GT(damaged, 0U);
}

TEST(FarmSimulation, MiniBatchesThatKillTheirRankTakeAtMostThreeEachAndNoOtherWithThem) {
  std::random_device device;
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Faults faults{.seed = seed, .one_loss_in = 0, .one_worker_gone_in = 0};
    for (std::uint64_t i = 0; i < 1 + seed % 3; ++i) faults.killers.insert(random() % 400);
    const std::size_t killers = faults.killers.size();
    FarmSimulation farm(400, static_cast<std::uint32_t>(3 * killers + 1 + random() % 8), 3, faults);
    run(farm, true);
    if (testing::Test::HasFatalFailure()) return;
    // One of another's company is in its first loss already, so there may be fewer.
    EXPECT_LE(farm.lost_workers(), 3 * killers);
    EXPECT_GE(farm.lost_workers(), 3U);
    ASSERT_EQ(farm.given_up_for_losses(), faults.killers);
  }
}

}  // namespace prs
