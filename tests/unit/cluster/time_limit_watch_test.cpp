#include "cluster/time_limit_watch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <deque>

namespace prs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A command that has answered at once.
class Answered final : public Question {
 public:
  explicit Answered(std::string answer) : answer_(std::move(answer)) {}
  void poll(TimePoint) override {}
  bool is_over() const override { return true; }
  std::string answer() const override { return answer_; }
  int fd() const override { return -1; }

 private:
  std::string answer_;
};

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
      if (answers_.empty()) return std::make_unique<Answered>("");
      std::string answer = std::move(answers_.front());
      answers_.pop_front();
      return std::make_unique<Answered>(std::move(answer));
    };
  }
  /// As squeue prints it: local time.
  static std::string local_time_in(seconds from_now) {
    const std::time_t time = std::time(nullptr) + from_now.count();
    std::tm local{};
    ::localtime_r(&time, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
    return text;
  }
  static double seconds_left(const TimeLimitWatch& watch) { return seconds_of(watch.limit()->end() - Clock::now()); }

  std::deque<std::string> answers_;
  std::vector<std::string> asked_;
};

TEST_F(TimeLimitWatchTest, AsksNobodyOutsideOfAJob) {
  ::unsetenv("SLURM_JOB_ID");
  TimeLimitWatch watch(60, ask());
  watch.poll(Clock::now() + hours(10));
  EXPECT_FALSE(watch.limit());
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TimeLimitWatchTest, TakesTheVariableAndAsksLater) {
  ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 3600).c_str(), 1);
  const TimeLimitWatch watch(60, ask());
  ASSERT_TRUE(watch.limit());
  EXPECT_NEAR(seconds_left(watch), 3600, 5);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TimeLimitWatchTest, AVariableOfAnotherJobThatIsOverIsNotHeeded) {
  ::setenv("SLURM_JOB_END_TIME", "1000000000", 1);
  answers_ = {local_time_in(minutes(30))};
  const TimeLimitWatch watch(60, ask());
  ASSERT_TRUE(watch.limit());
  EXPECT_NEAR(seconds_left(watch), 1800, 5);
}

TEST_F(TimeLimitWatchTest, AsksScontrolWhereSqueueCannotTell) {
  answers_ = {"", "JobId=77 JobName=x\n   StartTime=Unknown EndTime=" + local_time_in(minutes(10)) + " Deadline=N/A"};
  const TimeLimitWatch watch(60, ask());
  EXPECT_EQ(asked_, (std::vector<std::string>{"squeue", "scontrol"}));
  ASSERT_TRUE(watch.limit());
  EXPECT_NEAR(seconds_left(watch), 600, 5);
}

TEST_F(TimeLimitWatchTest, WhereNobodyCanTellThereIsNoLimit) {
  answers_ = {"UNLIMITED", "slurm_load_jobs error"};
  EXPECT_FALSE(TimeLimitWatch(60, ask()).limit());
}

TEST_F(TimeLimitWatchTest, AsksAgainTheOneThatHasAnswered) {
  answers_ = {"", local_time_in(minutes(10)), local_time_in(minutes(90))};
  TimeLimitWatch watch(60, ask());
  const TimePoint later = Clock::now() + minutes(6);
  watch.poll(later);  // asks
  watch.poll(later);  // takes the answer
  EXPECT_EQ(asked_, (std::vector<std::string>{"squeue", "scontrol", "scontrol"}));
  EXPECT_GT(seconds_of(watch.limit()->end() - later), 5000);
}

TEST_F(TimeLimitWatchTest, WhoeverCannotTellLeavesTheLimitAsItIs) {
  answers_ = {local_time_in(minutes(10)), "controller does not answer"};
  TimeLimitWatch watch(60, ask());
  const TimePoint end = watch.limit()->end();
  watch.poll(Clock::now() + minutes(6));
  watch.poll(Clock::now() + minutes(6));
  EXPECT_EQ(asked_.size(), 2U);
  EXPECT_EQ(watch.limit()->end(), end);
}

}  // namespace
}  // namespace prs
