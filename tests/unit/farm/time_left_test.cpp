#include "farm/time_left.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/cluster/answered_question.hpp"

namespace prs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class TimeLeftTest : public testing::Test {
 protected:
  TimeLeftTest() { ::setenv("SLURM_JOB_ID", "7", 1); }
  ~TimeLeftTest() override {
    ::unsetenv("SLURM_JOB_ID");
    ::unsetenv("SLURM_JOB_END_TIME");
  }
  static void end_in(seconds from_now) {
    ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + from_now.count()).c_str(), 1);
  }
  AskCommand answer(const std::string& text) {
    return [text](const std::vector<std::string>&, TimePoint) { return std::make_unique<AnsweredQuestion>(text); };
  }
};

TEST_F(TimeLeftTest, WhereNoEndIsKnownThereIsNoLimit) {
  TimeLeft time_left(60, answer("UNLIMITED"));
  time_left.poll(Clock::now() + minutes(6));
  EXPECT_FALSE(time_left.limit());
}

TEST_F(TimeLeftTest, AnEndThatIsMovedMovesTheLimit) {
  end_in(minutes(10));
  TimeLeft time_left(60, answer(local_time_in(minutes(90))));
  ASSERT_TRUE(time_left.limit());
  const TimePoint first = time_left.limit()->end(), later = Clock::now() + minutes(6);
  time_left.poll(later);  // asks
  EXPECT_EQ(time_left.limit()->end(), first);
  time_left.poll(later);  // takes the answer
  EXPECT_GT(time_left.limit()->end(), first + minutes(60));
}

TEST_F(TimeLeftTest, AnEndThatIsLearnedLaterCountsFromThen) {
  std::vector<std::string> answers{"", "", local_time_in(minutes(10))};
  std::size_t asked = 0;
  TimeLeft time_left(24 * 3600, [&](const std::vector<std::string>&, TimePoint) {
    return std::make_unique<AnsweredQuestion>(answers.at(asked++));
  });
  EXPECT_FALSE(time_left.limit());
  const TimePoint later = Clock::now() + minutes(6);
  time_left.poll(later);
  time_left.poll(later);
  ASSERT_TRUE(time_left.limit());
  const auto& limit = *time_left.limit();
  EXPECT_EQ(limit.expected_run(Duration::zero()), (limit.deadline() - later) / 2) << "half of the time is worked in";
}

TEST_F(TimeLeftTest, SaysWhatItJudgedBy) {
  end_in(minutes(60));
  const TimeLeft time_left(600, answer(""));
  EXPECT_NE(time_left.text().find("the job's time limit is near: 2"), std::string::npos) << time_left.text();
  EXPECT_NE(time_left.text().find("(SLURM_JOB_END_TIME)"), std::string::npos);
  EXPECT_NE(time_left.text(seconds(80)).find("judged by the longest of the last ones (1 min 20 s)"), std::string::npos)
      << time_left.text(seconds(80));
  EXPECT_NE(time_left.text(Duration::zero()).find("not one has ended yet"), std::string::npos);
}

}  // namespace
}  // namespace prs
