#include "output/output_check.hpp"

#include <gtest/gtest.h>

#include "support/checksum.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

class OutputCheckTest : public ::testing::Test {
 protected:
  OutputCheckTest() {
    const auto seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    random_.seed(seed);
    for (int i = 0; i < 300; ++i) {
      const std::string rows = random_rows(random_, i % 50 == 0 ? random_() % (6 << 20) : random_() % 3000);
      stretches_.push_back({1, 0, rows.size(), checksum_of(rows)});
      all_ += rows;
    }
  }
  bool is_right(const std::string& bytes) const {
    write_bytes(folder_.file("out"), bytes);
    int blocks = 0;
    OutputCheck check(folder_.file("out"), [&] { ++blocks; });
    bool is_right = check.has_text(header_);
    for (const Stretch& rows : stretches_) is_right = is_right && check.has_rows(rows);
    EXPECT_GE(blocks, 1);
    return is_right && check.is_over();
  }

  const OutputFolder folder_;
  const std::string header_ = "digit,label\n";
  std::mt19937_64 random_;
  std::vector<Stretch> stretches_;
  std::string all_ = header_;
};

TEST_F(OutputCheckTest, KnowsTheRowsThatWereWritten) {
  EXPECT_TRUE(is_right(all_));
}

TEST_F(OutputCheckTest, FindsAnyOtherByteAndLength) {
  for (int round = 0; round < 10; ++round) {
    std::string edited = all_;
    edited[random_() % edited.size()] ^= 1;
    EXPECT_FALSE(is_right(edited));
  }
  std::string edited = all_;
  edited[3] ^= 1;
  EXPECT_FALSE(is_right(edited));
  EXPECT_FALSE(is_right(all_ + "x"));
  EXPECT_FALSE(is_right(all_.substr(0, all_.size() - 1)));
  EXPECT_FALSE(is_right(all_.substr(0, 5)));
  EXPECT_FALSE(is_right(""));
}

TEST_F(OutputCheckTest, FindsThatTheFileWasChangedWhileItWasRead) {
  write_bytes(folder_.file("out"), all_);
  OutputCheck check(folder_.file("out"), {});
  EXPECT_TRUE(check.has_text(header_));
  for (const Stretch& rows : stretches_) EXPECT_TRUE(check.has_rows(rows));
  EXPECT_TRUE(check.is_over());
  std::ofstream(folder_.file("out"), std::ios::app) << "more";
  EXPECT_FALSE(check.is_over());
}

}  // namespace
}  // namespace prs
