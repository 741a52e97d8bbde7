#include "cluster/silences.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ranks = std::vector<int>;

const TimePoint start = TimePoint(seconds(1000));

TEST(Silences, ATurnOfAWorkerCostsNothingForRanksThatItDoesNotListenTo) {
  Silences silences(10'000);
  silences.listen_to(0, seconds(120), start);
  for (int turn = 0; turn < 100'000; ++turn) EXPECT_EQ(silences.look(start + milliseconds(turn)), Ranks{});  // 100 s
  EXPECT_LE(silences.looked_at(), 102U);
}

TEST(Silences, TheMasterLooksAtAllSilencesOnceASecond) {
  const int ranks = 1000;
  Silences silences(ranks);
  for (int rank = 1; rank < ranks; ++rank) silences.listen_to(rank, seconds(30), start);
  std::size_t silent = 0;
  int turn = 0;
  for (; turn < 29'900; turn += 10) {
    if (turn == 5000) silences.heard_from(7, start + milliseconds(turn));
    silent += silences.look(start + milliseconds(turn)).size();
  }
  EXPECT_EQ(silent, 0U);
  EXPECT_LE(silences.looked_at(), 31U * ranks);
  for (; silent == 0 && turn < 31'100; turn += 10) silent = silences.look(start + milliseconds(turn)).size();
  EXPECT_EQ(silent, ranks - 2U) << "all but rank 0 itself and rank 7";
}

TEST(Silences, AShortLimitIsLookedAtMoreOften) {
  Silences silences(4);
  silences.listen_to(2, seconds(30), start);
  silences.look(start);
  silences.listen_to(0, milliseconds(100), start);
  const auto turns_to_silence = [&silences](int from) {
    int turn = from;
    while (turn < from + 5000 && silences.look(start + milliseconds(turn)).empty()) ++turn;
    return turn - from;
  };
  const int first = turns_to_silence(0);
  EXPECT_LE(first, 1000) << "the look that was due for the longer limit";
  silences.heard_from(0, start + milliseconds(first));
  const int next = turns_to_silence(first);
  EXPECT_GT(next, 100);
  EXPECT_LE(next, 150);
}

TEST(Silences, AfterAPauseOfOurOwnNobodysSilenceCounts) {
  Silences silences(3);
  silences.listen_to(1, seconds(30), start);
  silences.look(start);
  for (int second = 60; second <= 90; ++second) EXPECT_EQ(silences.look(start + seconds(second)), Ranks{});
  EXPECT_EQ(silences.look(start + seconds(91)), Ranks{1});
}

TEST(Silences, WhoIsListenedToNoMoreMayBeSilent) {
  Silences silences(3);
  silences.listen_to(1, seconds(30), start);
  silences.listen_to(1, std::nullopt, start);
  for (int second = 0; second < 100; ++second) EXPECT_EQ(silences.look(start + seconds(second)), Ranks{});
  silences.listen_to(1, seconds(20), start + seconds(100));
  for (int second = 100; second <= 120; ++second) EXPECT_EQ(silences.look(start + seconds(second)), Ranks{});
  EXPECT_EQ(silences.look(start + seconds(121)), Ranks{1}) << "once";
  EXPECT_EQ(silences.limit_of(1), seconds(20));
  EXPECT_EQ(silences.silence_of(1, start + seconds(121)), seconds(21));
}

}  // namespace
}  // namespace prs
