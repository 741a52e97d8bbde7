#include "script/host_limits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace prs {
namespace {

using Act = HostLimits::Strike::Act;
constexpr std::chrono::seconds second{1};
constexpr std::chrono::milliseconds millisecond{1};

ScriptSettings settings_with_limits() {
  ScriptSettings settings;
  settings.limits = {10 * second, 20 * second, 30 * second};
  return settings;
}

/// A host that is nothing but its shared memory, on a clock that the test moves.
class HostLimitsTest : public testing::Test {
 protected:
  HostLimitsTest() { give(3); }

  void give(std::uint64_t count) {
    tasks = TaskWindow(0);
    tasks.set_size(count);
    for (std::uint64_t i = 0; i < count; ++i) tasks.give({}, now);
    for (std::size_t left = tasks.sendable(); left > 0;) tasks.next_frame(left);
  }
  void set(ControlWord word, std::uint64_t value) { memory[static_cast<std::size_t>(word)] = value; }
  void run(std::uint64_t sequence, HostPhase phase, TimePoint claimed) {
    set(ControlWord::running, sequence << 8 | static_cast<std::uint64_t>(phase));
    set(ControlWord::phase_started, static_cast<std::uint64_t>(claimed.time_since_epoch().count()));
  }
  void wait_since(TimePoint time) {
    set(ControlWord::host_waits, static_cast<std::uint64_t>(time.time_since_epoch().count()));
  }
  HostLimits::Situation situation() const {
    return {stage, closing, has_hung_up, ring, tasks, is_paused, is_wanted, shutdown_until};
  }
  /// As the driver does: looks, and comes again when it is due.
  HostLimits::Strike look() {
    limits.note_blocked_time(ring, now);
    strike = limits.look(situation(), now);
    limits.polls().note_poll(now);
    limits.polls().expect_poll(limits.next(situation()));
    return strike;
  }
  HostLimits::Strike look_after(Duration time) {
    now += time;
    return look();
  }
  /// Looks at each of the times that the limits ask for; the time of the first strike.
  TimePoint time_of_strike() {
    for (int looks = 0; looks < 10; ++looks) {
      if (look().act != Act::none) return now;
      now = limits.next(situation());
    }
    return TimePoint::max();
  }

  TimePoint now = TimePoint() + std::chrono::hours(1);
  std::vector<std::uint64_t> memory = std::vector<std::uint64_t>((control_bytes + ring_bytes) / 8);
  ResultRing ring{std::as_writable_bytes(std::span(memory))};
  TaskWindow tasks{0};
  HostStage stage = HostStage::ready;
  HostClosing closing;
  bool has_hung_up = false, is_paused = false, is_wanted = true;
  std::optional<TimePoint> shutdown_until;
  HostLimits limits{settings_with_limits(), now};
  HostLimits::Strike strike;
};

TEST_F(HostLimitsTest, InitIsHeldToItsLimit) {
  stage = HostStage::starting;
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 10 * second);
  EXPECT_EQ(strike.reason, StopReason::init_timeout);
}

TEST_F(HostLimitsTest, InTheForegroundThereAreNone) {
  ScriptSettings settings = settings_with_limits();
  settings.is_foreground = true;
  limits = HostLimits(settings, now);
  for (const HostStage at : {HostStage::starting, HostStage::ready}) {
    stage = at;
    EXPECT_EQ(limits.next(situation()), TimePoint::max());
  }
}

TEST_F(HostLimitsTest, ATaskThatIsNotStartedStrikesTheFirst) {
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 30 * second);
  EXPECT_EQ(strike.reason, StopReason::load_timeout);
  EXPECT_EQ(strike.sequence, 1u);
}

TEST_F(HostLimitsTest, RunIsTimedFromItsOwnStampWhereThatCanBeTrue) {
  look_after(500 * millisecond);
  const TimePoint claimed = now - 100 * millisecond;
  run(2, HostPhase::running, claimed);
  EXPECT_EQ(time_of_strike(), claimed + 20 * second);
  EXPECT_EQ(strike.reason, StopReason::run_timeout);
  EXPECT_EQ(strike.sequence, 2u);
  EXPECT_EQ(limits.run_start_of(2), claimed);
  EXPECT_EQ(limits.run_start_of(1), std::nullopt);
}

TEST_F(HostLimitsTest, AStampThatCannotBeTrueBuysNoTime) {
  for (const Duration off : {Duration(-std::chrono::hours(2)), Duration(std::chrono::hours(2))}) {
    limits = HostLimits(settings_with_limits(), now);
    const TimePoint seen = now;
    run(2, HostPhase::running, now + off);
    EXPECT_EQ(time_of_strike(), seen + 20 * second);
  }
}

TEST_F(HostLimitsTest, AWorkerThatSleptDoesNotBlameItsHost) {
  run(1, HostPhase::running, now);
  look();
  limits.polls().expect_poll(now + second);
  EXPECT_EQ(look_after(std::chrono::hours(1)).act, Act::none);
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 19 * second);
  EXPECT_EQ(strike.reason, StopReason::run_timeout);
}

TEST_F(HostLimitsTest, WaitingForTheWorkerIsNotTheHostsTime) {
  run(1, HostPhase::running, now);
  look();
  wait_since(now);
  is_paused = true;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(look_after(second).act, Act::none);
  is_paused = false;
  set(ControlWord::host_waits, 0);
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 20 * second);
}

TEST_F(HostLimitsTest, WaitingForASlowWorkerIsNotTheHostsTimeEither) {
  run(1, HostPhase::running, now);
  look();
  wait_since(now);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(look_after(second).act, Act::none);
  set(ControlWord::blocked, 100'000'000'000);
  set(ControlWord::host_waits, 0);
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 20 * second);
}

TEST_F(HostLimitsTest, WhatOneTaskWaitedBuysTheNextOneNoTime) {
  run(1, HostPhase::running, now);
  set(ControlWord::blocked, 100'000'000'000);
  look_after(second);
  set(ControlWord::blocked, 0);
  run(2, HostPhase::running, now);
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 20 * second);
}

TEST_F(HostLimitsTest, AWaitThatCannotBeTrueDoesNotOverflow) {
  run(1, HostPhase::running, now);
  set(ControlWord::blocked, UINT64_MAX - 5);
  set(ControlWord::host_waits, UINT64_MAX);
  EXPECT_EQ(look().act, Act::none);
  EXPECT_EQ(look_after(second).act, Act::none);
}

TEST_F(HostLimitsTest, AClosedSocketOfALivingProcessStrikesSoon) {
  run(1, HostPhase::running, now);
  has_hung_up = true;
  const TimePoint start = now;
  EXPECT_EQ(time_of_strike() - start, 500 * millisecond);
  EXPECT_EQ(strike.reason, StopReason::closed_socket);
}

TEST_F(HostLimitsTest, AHostThatClosesGetsANoticeFirst) {
  stage = HostStage::closing;
  closing = {now, now + 20 * second, false, false};
  EXPECT_EQ(time_of_strike(), closing.until - second);
  EXPECT_EQ(strike.act, Act::terminate);
  closing.is_terminate_sent = true;
  EXPECT_EQ(time_of_strike(), closing.until);
  EXPECT_EQ(strike.reason, StopReason::closed);
}

TEST_F(HostLimitsTest, TheWorkersEndKillsWhatStillRuns) {
  run(1, HostPhase::running, now);
  shutdown_until = now + 5 * second;
  EXPECT_EQ(time_of_strike(), *shutdown_until);
  EXPECT_EQ(strike.reason, StopReason::killed);
}

TEST_F(HostLimitsTest, AHostThatStartsForNothingIsStoppedAtOnce) {
  stage = HostStage::starting;
  is_wanted = false;
  EXPECT_EQ(look().reason, StopReason::closed);
}

}  // namespace
}  // namespace prs
