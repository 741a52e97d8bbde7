#include "script/result_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace prs {
namespace {

/// Writes the ring as a host does.
class FakeHost {
 public:
  FakeHost() : memory_(control_bytes + ring_bytes) {}
  std::span<std::byte> memory() { return memory_; }
  std::uint64_t& word(ControlWord word) {
    return reinterpret_cast<std::uint64_t*>(memory_.data())[static_cast<std::size_t>(word)];
  }

  void publish(RecordKind kind, const std::string& body, std::uint16_t status = 0) {
    const std::size_t total = record_header_bytes + ((body.size() + 15) & ~std::size_t{15});
    if (at_ % ring_bytes + total > ring_bytes) {
      const std::size_t rest = ring_bytes - at_ % ring_bytes;
      put(rest - record_header_bytes, RecordKind::pad, 0, {});
      at_ += rest;
    }
    put(body.size(), kind, status, body);
    at_ += total;
    word(ControlWord::published) = at_;
  }
  void publish_done(std::uint64_t sequence, const std::string& rows) {
    publish(RecordKind::done, numbers({sequence, 1, 20, 10}) + rows);
  }
  static std::string numbers(const std::vector<std::uint64_t>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * 8};
  }

 private:
  void put(std::size_t body_bytes, RecordKind kind, std::uint16_t status, const std::string& body) {
    std::byte* at = memory_.data() + control_bytes + at_ % ring_bytes;
    const auto length = static_cast<std::uint32_t>(body_bytes);
    const std::uint64_t check = record_check(kind, status, at_, body);
    std::memcpy(at, &length, 4);
    std::memcpy(at + 4, &kind, 2);
    std::memcpy(at + 6, &status, 2);
    std::memcpy(at + 8, &check, 8);
    std::memcpy(at + record_header_bytes, body.data(), body.size());
  }
  std::vector<std::byte> memory_;
  std::uint64_t at_ = 0;
};

TEST(ResultRing, GivesRecordsBackAcrossManyTurnsOfTheRing) {
  FakeHost host;
  ResultRing ring(host.memory());
  std::mt19937 random(20240611);
  ResultRecord record;
  std::uint64_t bytes = 0;
  for (std::uint64_t sequence = 1; bytes < 5 * ring_bytes; ++sequence) {
    const std::string rows(random() % (sequence % 10 == 0 ? 900000 : 100), static_cast<char>('a' + sequence % 26));
    host.publish_done(sequence, rows);
    ASSERT_EQ(ring.next(record), ResultRing::Reading::record);
    EXPECT_EQ(record.sequence, sequence);
    ASSERT_EQ(record.row_bytes, rows);
    ASSERT_EQ(ring.next(record), ResultRing::Reading::nothing);
    ring.release();
    EXPECT_EQ(host.word(ControlWord::consumed), host.word(ControlWord::published));
    bytes += rows.size() + 40;
  }
}

TEST(ResultRing, ReadsTheTextsOfAFailure) {
  FakeHost host;
  ResultRing ring(host.memory());
  const std::vector<std::uint32_t> lengths = {2, 3, 4, 5};
  host.publish(RecordKind::result,
               FakeHost::numbers({9, 0, 1, 1}) + std::string(reinterpret_cast<const char*>(lengths.data()), 16) +
                   "aabbbccccdddddrows",
               1);
  ResultRecord record;
  ASSERT_EQ(ring.next(record), ResultRing::Reading::record);
  EXPECT_EQ(record.columns, "aa");
  EXPECT_EQ(record.category, "bbb");
  EXPECT_EQ(record.message, "cccc");
  EXPECT_EQ(record.detail, "ddddd");
  EXPECT_EQ(record.row_bytes, "rows");
  EXPECT_EQ(record.status, 1);
}

TEST(ResultRing, StopsAfterTheLastResultOfADeadHost) {
  FakeHost host;
  ResultRing ring(host.memory());
  host.publish_done(1, "one");
  host.publish(RecordKind::chunk, "half of two");
  host.publish_done(2, "two");
  host.publish(RecordKind::chunk, "half of three");
  ring.stop_after_last_result();
  ResultRecord record;
  std::string rows;
  while (ring.next(record) == ResultRing::Reading::record) rows += std::string(record.row_bytes) + ";";
  EXPECT_EQ(rows, "one;half of two;two;");
  EXPECT_EQ(ring.next(record), ResultRing::Reading::nothing);
}

/// What a stray write may do: change a bit, fill a stretch, put bytes from elsewhere in their place.
void write_astray(std::span<std::byte> memory, std::uint64_t used_bytes, std::mt19937_64& random) {
  const std::size_t at = control_bytes + random() % used_bytes;
  const std::size_t length = std::min<std::size_t>(1 + random() % 200, memory.size() - at);
  switch (random() % 4) {
    case 0:
      memory[at] ^= static_cast<std::byte>(1U << (random() % 8));
      return;
    case 1:
      std::memset(memory.data() + at, static_cast<int>(random() % 3), length);
      return;
    case 2:  // whole records too, which are as they were but for their place
      std::memmove(memory.data() + at / 16 * 16, memory.data() + control_bytes + random() % used_bytes / 16 * 16,
                   length);
      return;
    default: {
      const std::uint64_t junk = random();
      std::memcpy(memory.data() + std::min(at, memory.size() - sizeof junk), &junk, sizeof junk);
    }
  }
}

TEST(ResultRing, GivesARecordAsItWasPublishedOrNotAtAll) {
  const unsigned seed = 11;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  int spoilt_rounds = 0;
  for (int round = 0; round < 3000; ++round) {
    FakeHost host;
    ResultRing ring(host.memory());
    std::vector<std::string> rows;
    for (std::uint64_t i = 1; i < 10; ++i) {
      rows.emplace_back(random() % 60, static_cast<char>('a' + random() % 26));
      host.publish(RecordKind::chunk, "chunk of " + rows.back());
      host.publish_done(i, rows.back());
    }
    for (std::uint64_t k = random() % 3; k < 3; ++k)
      write_astray(host.memory(), host.word(ControlWord::published), random);
    ResultRecord record;
    ResultRing::Reading reading = ResultRing::Reading::record;
    std::size_t read = 0;
    for (; (reading = ring.next(record)) == ResultRing::Reading::record; ++read) {
      const std::string& expected = rows.at(read / 2);
      ASSERT_EQ(record.kind, read % 2 == 0 ? RecordKind::chunk : RecordKind::done) << "round " << round;
      ASSERT_EQ(record.row_bytes, read % 2 == 0 ? "chunk of " + expected : expected) << "round " << round;
      if (record.kind == RecordKind::chunk || record.sequence != read / 2 + 1) continue;  // the driver looks at that
      ASSERT_EQ(record.rows, 1u) << "round " << round;
    }
    if (reading == ResultRing::Reading::broken) ++spoilt_rounds;
    EXPECT_TRUE(reading == ResultRing::Reading::broken || read == 18) << "round " << round;
  }
  EXPECT_GT(spoilt_rounds, 1000);
}

TEST(ResultRing, TellsARecordThatIsLeftFromAnEarlierTurn) {
  FakeHost host;
  ResultRing ring(host.memory());
  const std::string half(ring_bytes / 2 - record_header_bytes, 'h');
  ResultRecord record;
  for (int turn = 0; turn < 2; ++turn) {
    host.publish(RecordKind::chunk, half);
    ASSERT_EQ(ring.next(record), ResultRing::Reading::record);
    ring.release();
  }
  // A stray write moves the end on: there lies what was published one turn before.
  host.word(ControlWord::published) += record_header_bytes + half.size();
  EXPECT_EQ(ring.next(record), ResultRing::Reading::broken);
}

TEST(ResultRing, GivesNumbersThatCanBeReckonedWith) {
  FakeHost host;
  ResultRing ring(host.memory());
  host.publish(RecordKind::done, FakeHost::numbers({1, UINT64_MAX, UINT64_MAX, std::uint64_t{1} << 63}));
  host.publish(RecordKind::done, FakeHost::numbers({2, 5, INT64_MAX, 7}));
  ResultRecord record;
  ASSERT_EQ(ring.next(record), ResultRing::Reading::record);
  EXPECT_EQ(record.rows, most_rows);
  EXPECT_EQ(record.process_time.count(), 0) << "a time before the start";
  EXPECT_EQ(record.run_time.count(), 0);
  ASSERT_EQ(ring.next(record), ResultRing::Reading::record);
  EXPECT_EQ(record.process_time, std::chrono::nanoseconds::max());
  EXPECT_EQ(record.run_time.count(), 7);
}

TEST(ResultRing, CallsAnyGarbageBrokenAndStaysWithinTheRing) {
  // Run under a sanitizer this proves that nothing outside is touched.
  const unsigned seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    FakeHost host;
    ResultRing ring(host.memory());
    for (std::uint64_t i = 1; i < 20; ++i) host.publish_done(i, std::string(random() % 50, 'x'));
    for (int k = 0; k < 4; ++k) {
      const std::size_t at = control_bytes + random() % 1000;
      const std::uint64_t junk = random();
      std::memcpy(host.memory().data() + at, &junk, sizeof junk);
    }
    if (round % 3 == 0) host.word(ControlWord::published) = random() >> (random() % 64);
    ResultRecord record;
    std::size_t bytes = 0;
    for (int n = 0; n < 100000 && ring.next(record) == ResultRing::Reading::record; ++n)
      bytes += record.row_bytes.size() + record.detail.size();
    EXPECT_LE(bytes, ring_bytes);
  }
}

TEST(ResultRing, CallsARecordThatIsCutShortBroken) {
  FakeHost host;
  host.publish_done(1, "rows of the first");
  const std::uint64_t whole = host.word(ControlWord::published);
  for (std::uint64_t length = 1; length < whole; ++length) {
    ResultRing ring(host.memory());
    host.word(ControlWord::published) = length;
    ResultRecord record;
    EXPECT_EQ(ring.next(record), ResultRing::Reading::broken) << length;
  }
}

}  // namespace
}  // namespace prs
