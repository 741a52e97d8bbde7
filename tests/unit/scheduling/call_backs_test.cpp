#include "scheduling/call_backs.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using namespace std::chrono_literals;

/// Workers 1 and 2, which hold two mini-batches each and reported at second 1.
class CallBacksTest : public ::testing::Test {
 protected:
  CallBacksTest() : workers_(3) {
    workers_[0].is_present = false;
    for (std::uint64_t i = 1; i < 3; ++i) {
      workers_[i].is_host_ready = true;
      workers_[i].last_report = WorkerSeat::TimePoint(1s);
      for (std::uint64_t held = 0; held < 2; ++held) workers_[i].hold(MiniBatchIndex{2 * i + held}, false);
    }
  }
  std::vector<CallBack> look(CallBacks::Duration at, std::size_t idle = 2) {
    std::vector<CallBack> asked;
    call_backs_.look(workers_, idle, WorkerSeat::TimePoint(at), asked);
    return asked;
  }

  std::vector<WorkerSeat> workers_;
  CallBacks call_backs_{20ms};
};

TEST_F(CallBacksTest, WhoWasSilentForAWhileIsAskedOnceForAllButWhatItRuns) {
  EXPECT_TRUE(look(1s + 19ms).empty());
  EXPECT_EQ(look(1s + 40ms), (std::vector<CallBack>{{WorkerId{1}, 1}, {WorkerId{2}, 1}}));
  EXPECT_TRUE(look(2s).empty());
}

TEST_F(CallBacksTest, AHostThatIsDownRunsNothing) {
  workers_[1].is_host_ready = false;
  workers_[2].release(MiniBatchIndex{4});
  EXPECT_EQ(look(2s), (std::vector<CallBack>{{WorkerId{1}, 0}})) << "worker 2 runs all that it holds";
}

TEST_F(CallBacksTest, WhoIsGoneIsNotAsked) {
  workers_[1].is_present = false;
  EXPECT_EQ(look(2s), (std::vector<CallBack>{{WorkerId{2}, 1}}));
}

TEST_F(CallBacksTest, NoMoreAreAskedThanAreIdle) {
  EXPECT_EQ(look(2s, 1), (std::vector<CallBack>{{WorkerId{1}, 1}}));
  EXPECT_TRUE(look(3s, 1).empty()) << "one that was asked has not answered";
  call_backs_.end(workers_[1]);
  workers_[1].release(MiniBatchIndex{3});
  call_backs_.end(workers_[1]);
  EXPECT_EQ(look(4s, 1), (std::vector<CallBack>{{WorkerId{2}, 1}})) << "an answer counts once";
  EXPECT_TRUE(look(5s, 1).empty());
}

TEST_F(CallBacksTest, ManyWorkersAreLookedAtInParts) {
  workers_.insert(workers_.begin() + 1, 5000, workers_[0]);
  std::size_t asked = 0, looks = 0;
  for (; asked < 2 && looks < 10; ++looks) asked += look(2s + looks * 5ms).size();
  EXPECT_EQ(asked, 2U);
  EXPECT_EQ(looks, 3U);
}

TEST_F(CallBacksTest, AllWorkersAreLookedAtFourTimesInSuchAWhileAtMost) {
  EXPECT_TRUE(look(1s + 16ms).empty());
  EXPECT_TRUE(look(1s + 20ms).empty()) << "too soon after the last look";
  EXPECT_EQ(look(1s + 21ms).size(), 2U);
}

}  // namespace
}  // namespace prs
