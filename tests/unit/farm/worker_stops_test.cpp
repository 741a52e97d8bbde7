#include "farm/worker_stops.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

protocol::Close close_of(bool is_healthy, bool is_in_trouble = false) {
  protocol::Close close;
  close.is_healthy = is_healthy;
  close.is_in_trouble = is_in_trouble;
  return close;
}

TEST(WorkerStops, AStopIsNewOnce) {
  WorkerStops stops;
  EXPECT_FALSE(stops.is_stopped());
  EXPECT_TRUE(stops.stop());
  EXPECT_FALSE(stops.stop());
  EXPECT_TRUE(stops.is_stopped());
  EXPECT_FALSE(stops.is_closing_or_closed());
}

TEST(WorkerStops, ARoundTakesBackWhatARoundHasStopped) {
  WorkerStops stops;
  stops.stop();
  stops.on_good_verdict();
  EXPECT_FALSE(stops.is_stopped());
  EXPECT_TRUE(stops.stop()) << "and another one may stop it again";
}

TEST(WorkerStops, WhatTheMasterStoppedNoRoundTakesBack) {
  WorkerStops stops;
  stops.on_stop();
  stops.stop();
  stops.on_good_verdict();
  EXPECT_TRUE(stops.is_stopped());
}

TEST(WorkerStops, AlsoWhereARoundHadStoppedItBefore) {
  WorkerStops stops;
  stops.stop();
  stops.on_stop();
  EXPECT_FALSE(stops.stop());
  stops.on_good_verdict();
  EXPECT_TRUE(stops.is_stopped());
}

TEST(WorkerStops, ACloseStopsForGoodUntilItIsAnswered) {
  WorkerStops stops;
  EXPECT_TRUE(stops.on_close(close_of(true)));
  EXPECT_TRUE(stops.is_closing());
  EXPECT_FALSE(stops.is_killing());
  EXPECT_FALSE(stops.is_in_trouble());
  stops.on_good_verdict();
  EXPECT_TRUE(stops.is_stopped());
  stops.set_closed();
  EXPECT_FALSE(stops.is_closing());
  EXPECT_TRUE(stops.is_closing_or_closed());
}

TEST(WorkerStops, AStricterCloseCountsUntilTheFirstOneIsAnswered) {
  WorkerStops stops;
  stops.on_close(close_of(true));
  EXPECT_TRUE(stops.on_close(close_of(false, true)));
  EXPECT_TRUE(stops.is_killing());
  EXPECT_TRUE(stops.is_in_trouble());
}

TEST(WorkerStops, ACloseThatCrossedTheAnswerChangesNothing) {
  WorkerStops stops;
  stops.on_close(close_of(true));
  stops.set_closed();
  EXPECT_FALSE(stops.on_close(close_of(false, true)));
  EXPECT_FALSE(stops.is_killing());
  EXPECT_FALSE(stops.is_closing());
}

TEST(WorkerStops, ALaterFarmOpensItFromAnyState) {
  WorkerStops stops;
  for (std::uint32_t farm = 2; farm < 5; ++farm) {
    stops.on_stop();
    stops.stop();
    if (farm > 2) stops.on_close(close_of(false, true));
    if (farm > 3) stops.set_closed();
    stops.begin_farm(farm);
    EXPECT_FALSE(stops.is_stopped());
    EXPECT_FALSE(stops.is_closing_or_closed());
    EXPECT_FALSE(stops.is_killing());
    stops.stop();
    stops.on_good_verdict();
    EXPECT_FALSE(stops.is_stopped()) << "what the master said before is over";
  }
}

TEST(WorkerStops, TheSameFarmNamedAgainChangesNothing) {
  WorkerStops stops;
  stops.begin_farm(2);
  stops.on_close(close_of(false));
  stops.begin_farm(2);
  EXPECT_TRUE(stops.is_closing());
  EXPECT_TRUE(stops.is_killing());
}

}  // namespace
}  // namespace prs
