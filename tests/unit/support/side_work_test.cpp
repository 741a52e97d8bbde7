#include "support/side_work.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "support/errors.hpp"

namespace prs {
namespace {

void wait_for_end(const SideWork& work) {
  pollfd wait{work.wake_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 60'000), 1) << "nobody was woken";
  ASSERT_TRUE(work.is_over());
}

}  // namespace

TEST(SideWork, WakesWhoeverPollsOnceItIsOver) {
  std::atomic<bool> may_end{false};
  int result = 0;
  SideWork work([&] {
    while (!may_end) std::this_thread::yield();
    result = 7;
  });
  EXPECT_FALSE(work.is_over());
  may_end = true;
  wait_for_end(work);
  work.rethrow();
  EXPECT_EQ(result, 7);
}

TEST(SideWork, WhatItThrowsIsThrownToWhoeverStartedIt) {
  SideWork work([] { throw InfrastructureError("no room"); });
  wait_for_end(work);
  EXPECT_THROW(work.rethrow(), InfrastructureError);
}

TEST(SideWork, GetsNoSignal) {
  std::atomic<bool> is_blocked{false};
  SideWork work([&] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    is_blocked = ::sigismember(&mask, SIGTERM) == 1;
  });
  wait_for_end(work);
  EXPECT_TRUE(is_blocked);
}

TEST(SideWork, AnAbandonedOneIsNotWaitedForAndMayEndLater) {
  const auto may_end = std::make_shared<std::atomic<bool>>(false),
             has_ended = std::make_shared<std::atomic<bool>>(false);
  {
    SideWork work([may_end, has_ended] {
      while (!*may_end) std::this_thread::yield();
      *has_ended = true;
    });
    work.abandon();
  }
  EXPECT_FALSE(*has_ended);
  *may_end = true;
  while (!*has_ended) std::this_thread::yield();
}

}  // namespace prs
