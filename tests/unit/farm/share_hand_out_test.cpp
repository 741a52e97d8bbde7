#include "farm/share_hand_out.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/farm/fake_transport.hpp"

namespace prs {
namespace {

using protocol::Tag;

/// Three workers; a share has so many parts, whose bytes are "share.step".
class ShareHandOutTest : public testing::Test {
 protected:
  void begin(std::vector<std::size_t> steps) {
    parts = std::move(steps);
    shares.begin(
        [this](std::size_t index, std::size_t step) {
          return step < parts[index] ? std::to_string(index) + "." + std::to_string(step) : std::string();
        },
        [this](std::size_t index, std::size_t step) {
          written.insert(std::to_string(index) + "." + std::to_string(step));
        },
        parts.size(), [this](int rank) { return out.contains(rank); });
  }
  std::string take(int rank) { return transport.take(rank, Tag::assemble); }
  void answer(int rank, bool is_whole = true, std::vector<MiniBatchIndex> damaged = {}) {
    shares.on_assembled(rank, {is_whole, std::move(damaged)});
  }

  FakeTransport transport{0, 4};
  ShareHandOut shares{transport, 4};
  std::vector<std::size_t> parts;
  std::set<std::string> written;
  std::set<int> out;
};

TEST_F(ShareHandOutTest, EachWorkerTakesOneShareAfterTheOther) {
  begin({1, 1, 1, 1});
  EXPECT_EQ(take(1), "0.0");
  EXPECT_EQ(take(2), "1.0");
  EXPECT_EQ(take(3), "2.0");
  EXPECT_FALSE(shares.is_whole());
  answer(2);
  EXPECT_EQ(take(2), "3.0");
  for (const int rank : {1, 2, 3}) answer(rank);
  EXPECT_TRUE(shares.is_idle());
  EXPECT_TRUE(shares.is_whole());
  EXPECT_EQ(written, (std::set<std::string>{"0.0", "1.0", "2.0", "3.0"}));
}

TEST_F(ShareHandOutTest, AShareOfSeveralPartsStaysWithItsWorker) {
  begin({2, 1});
  EXPECT_EQ(take(1), "0.0");
  take(2);
  answer(1);
  EXPECT_EQ(take(1), "0.1");
  answer(2);
  answer(1);
  EXPECT_TRUE(shares.is_idle());
}

TEST_F(ShareHandOutTest, WithoutSharesNobodyHasOne) {
  begin({});
  EXPECT_TRUE(shares.is_idle());
  EXPECT_TRUE(shares.is_whole());
}

TEST_F(ShareHandOutTest, DamagedPartsAreNotWrittenAndNamedOnce) {
  begin({1, 1});
  take(1);
  take(2);
  answer(1, true, {{7}, {3}});
  answer(2, true, {{3}});
  EXPECT_TRUE(written.empty());
  EXPECT_EQ(shares.take_damaged(), (std::vector<MiniBatchIndex>{{3}, {7}}));
  EXPECT_TRUE(shares.take_damaged().empty());
}

TEST_F(ShareHandOutTest, WhatALostWorkerHadIsWrittenOnceMoreByAFreeOne) {
  begin({1, 1, 2});
  take(1);
  take(2);
  EXPECT_EQ(take(3), "2.0");
  answer(3);
  EXPECT_EQ(take(3), "2.1");
  answer(1);
  out.insert(3);
  shares.give_away(3);
  EXPECT_EQ(take(1), "2.1") << "what of it is written is known";
  answer(1);
  answer(2);
  EXPECT_TRUE(shares.is_idle());
  EXPECT_TRUE(shares.is_whole());
}

TEST_F(ShareHandOutTest, WhereNobodyIsFreeItWaitsForTheNextOne) {
  begin({1, 1, 1});
  for (const int rank : {1, 2, 3}) take(rank);
  out.insert(2);
  shares.give_away(2);
  EXPECT_FALSE(shares.is_whole());
  answer(3);
  EXPECT_EQ(take(3), "1.0");
  answer(3);
  answer(1);
  EXPECT_TRUE(shares.is_whole());
}

TEST_F(ShareHandOutTest, AfterAStopAPartMayBeLeftUnwritten) {
  begin({2, 2, 2});
  for (const int rank : {1, 2, 3}) take(rank);
  shares.stop();
  shares.stop();
  for (const int rank : {1, 2, 3}) transport.take(rank, Tag::stop);
  answer(1);
  answer(2, false);
  answer(3, false);
  EXPECT_EQ(written, std::set<std::string>{"0.0"}) << "what was written counts";
  EXPECT_TRUE(shares.is_idle());
  EXPECT_FALSE(transport.has_sent()) << "nothing more is handed out";
}

TEST_F(ShareHandOutTest, ASurveyGoesOutTheSameWayAndEachAnswerIsOfItsShare) {
  std::map<std::size_t, std::string> answers;
  shares.begin_survey([](std::size_t index, std::size_t) { return "s" + std::to_string(index); },
                      [&answers](std::size_t index, std::string_view answer) { answers[index] = answer; }, 5,
                      [this](int rank) { return out.contains(rank); });
  for (const int rank : {1, 2, 3}) EXPECT_EQ(transport.take(rank, Tag::survey), "s" + std::to_string(rank - 1));
  shares.on_surveyed(2, "b");
  EXPECT_EQ(transport.take(2, Tag::survey), "s3");
  out.insert(1);
  shares.give_away(1);
  shares.on_surveyed(3, "c");
  EXPECT_EQ(transport.take(3, Tag::survey), "s0") << "a lost worker's comes first";
  shares.on_surveyed(3, "a");
  EXPECT_EQ(transport.take(3, Tag::survey), "s4");
  shares.on_surveyed(2, "d");
  shares.end();
  shares.on_surveyed(3, "too late");
  EXPECT_EQ(answers, (std::map<std::size_t, std::string>{{0, "a"}, {1, "b"}, {2, "c"}, {3, "d"}}));
}

TEST_F(ShareHandOutTest, ALostWorkerGetsNone) {
  out = {1, 2, 3};
  begin({1});
  EXPECT_TRUE(shares.is_idle());
  EXPECT_FALSE(shares.is_whole());
}

TEST_F(ShareHandOutTest, PartFilesAreTakenOneAfterTheOtherAndThatOfALostWorkerOnceMore) {
  shares.begin_part_files(
      [](std::size_t index, std::size_t step) { return step == 0 ? std::to_string(index) : std::string(); }, 4,
      [this](int rank) { return out.contains(rank); });
  for (const int rank : {1, 2, 3}) EXPECT_EQ(transport.take(rank, Tag::make_part_file), std::to_string(rank - 1));
  answer(1);
  EXPECT_EQ(transport.take(1, Tag::make_part_file), "3");
  out.insert(2);
  shares.give_away(2);
  answer(3);
  EXPECT_EQ(transport.take(3, Tag::make_part_file), "1");
  answer(1);
  EXPECT_FALSE(shares.is_idle());
  answer(3);
  EXPECT_TRUE(shares.is_idle());
  EXPECT_TRUE(shares.is_whole());
}

}  // namespace
}  // namespace prs
