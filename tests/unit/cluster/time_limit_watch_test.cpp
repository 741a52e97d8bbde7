#include "cluster/time_limit_watch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <deque>

#include "tests/unit/cluster/answered_question.hpp"

namespace prs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// squeue and scontrol, played: what was asked, and what they say, one answer after the other.
class TimeLimitWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("SLURM_JOB_ID", "77", 1);
    ::unsetenv("SLURM_JOB_END_TIME");
  }
  void TearDown() override {
    ::unsetenv("SLURM_JOB_ID");
    ::unsetenv("SLURM_JOB_END_TIME");
    EXPECT_TRUE(answers_.empty()) << answers_.size() << " answers were not asked for";
  }
  AskCommand ask() {
    return [this](const std::vector<std::string>& command, TimePoint) -> std::unique_ptr<Question> {
      asked_.push_back(command.front());
      if (answers_.empty()) return std::make_unique<AnsweredQuestion>("");
      std::string answer = std::move(answers_.front());
      answers_.pop_front();
      return std::make_unique<AnsweredQuestion>(std::move(answer));
    };
  }
  static double seconds_left(const TimeLimitWatch& watch) { return seconds_of(*watch.end() - Clock::now()); }

  std::deque<std::string> answers_;
  std::vector<std::string> asked_;
};

TEST_F(TimeLimitWatchTest, OfAnArrayItAsksForItsOwnTask) {
  ::setenv("SLURM_ARRAY_JOB_ID", "70", 1);
  ::setenv("SLURM_ARRAY_TASK_ID", "3", 1);
  std::vector<std::vector<std::string>> asked;
  const TimeLimitWatch watch([&](const std::vector<std::string>& command, TimePoint) {
    asked.push_back(command);
    return std::make_unique<AnsweredQuestion>("");
  });
  ::unsetenv("SLURM_ARRAY_JOB_ID");
  ::unsetenv("SLURM_ARRAY_TASK_ID");
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].at(2), "--jobs=70_3");
  EXPECT_EQ(asked[1].back(), "70_3");
}

TEST_F(TimeLimitWatchTest, AsksNobodyOutsideOfAJob) {
  ::unsetenv("SLURM_JOB_ID");
  TimeLimitWatch watch(ask());
  watch.poll(Clock::now() + hours(10));
  EXPECT_FALSE(watch.end());
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TimeLimitWatchTest, TakesTheVariableAndAsksLater) {
  ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 3600).c_str(), 1);
  const TimeLimitWatch watch(ask());
  ASSERT_TRUE(watch.end());
  EXPECT_NEAR(seconds_left(watch), 3600, 5);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TimeLimitWatchTest, AVariableOfAnotherJobThatIsOverIsNotHeeded) {
  ::setenv("SLURM_JOB_END_TIME", "1000000000", 1);
  answers_ = {local_time_in(minutes(30))};
  const TimeLimitWatch watch(ask());
  ASSERT_TRUE(watch.end());
  EXPECT_NEAR(seconds_left(watch), 1800, 5);
}

TEST_F(TimeLimitWatchTest, AsksScontrolWhereSqueueCannotTell) {
  answers_ = {"", "JobId=77 JobName=x\n   StartTime=Unknown EndTime=" + local_time_in(minutes(10)) + " Deadline=N/A"};
  const TimeLimitWatch watch(ask());
  EXPECT_EQ(asked_, (std::vector<std::string>{"squeue", "scontrol"}));
  ASSERT_TRUE(watch.end());
  EXPECT_NEAR(seconds_left(watch), 600, 5);
}

TEST_F(TimeLimitWatchTest, WhereNobodyCanTellThereIsNoLimit) {
  answers_ = {"UNLIMITED", "slurm_load_jobs error"};
  EXPECT_FALSE(TimeLimitWatch(ask()).end());
}

TEST_F(TimeLimitWatchTest, AsksAgainTheOneThatHasAnswered) {
  answers_ = {"", local_time_in(minutes(10)), local_time_in(minutes(90))};
  TimeLimitWatch watch(ask());
  const TimePoint later = Clock::now() + minutes(6);
  watch.poll(later);  // asks
  watch.poll(later);  // takes the answer
  EXPECT_EQ(asked_, (std::vector<std::string>{"squeue", "scontrol", "scontrol"}));
  EXPECT_GT(seconds_of(*watch.end() - later), 5000);
}

TEST_F(TimeLimitWatchTest, WhoeverCannotTellLeavesTheLimitAsItIs) {
  answers_ = {local_time_in(minutes(10)), "controller does not answer"};
  TimeLimitWatch watch(ask());
  const TimePoint end = *watch.end();
  watch.poll(Clock::now() + minutes(6));
  watch.poll(Clock::now() + minutes(6));
  EXPECT_EQ(asked_.size(), 2U);
  EXPECT_EQ(*watch.end(), end);
}

}  // namespace
}  // namespace prs
