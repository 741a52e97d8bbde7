#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "ledger/format.hpp"
#include "output/part_format.hpp"
#include "support/little_endian.hpp"
#include "tests/unit/resume/run_on_disk.hpp"

namespace prs {
namespace {

using MiniBatches = RunOnDisk::MiniBatches;

/// Where a record, or a try's rows, begins and ends in its file.
struct Range {
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t mini_batch;
};

/// The records of a segment; `mini_batch` is of outcomes that are done, else none (UINT64_MAX).
std::vector<Range> records_of(const std::string& segment) {
  std::vector<Range> records;
  std::uint64_t at = ledger_format::preamble_bytes;
  while (at < segment.size()) {
    const char* frame = segment.data() + at;
    const std::uint64_t end = at + ledger_format::frame_bytes + get_little_endian<3>(frame + ledger_format::size_at);
    const char* payload = frame + ledger_format::frame_bytes;
    const bool is_done = frame[ledger_format::type_at] == static_cast<char>(ledger_format::RecordType::outcome) &&
                         payload[ledger_format::outcome::status_at] == 0;
    records.push_back({at, end, is_done ? get_little_endian<8>(payload) : UINT64_MAX});
    at = end;
  }
  return records;
}

/// A run of three starts, two workers each, that is not over: damage is done to it, and one more start mends it.
class CutEverywhere : public ::testing::Test {
 protected:
  CutEverywhere() : seed_(std::random_device{}()), random_(seed_), run_(60, random_) {
    std::printf("seed %u\n", seed_);
    for (std::uint64_t i = 0; i < run_.size(); ++i) todo_.insert(i);
    for (const std::uint64_t end : {20, 40, 57}) {
      run_.start(MiniBatches(todo_.begin(), todo_.lower_bound(end)));
      todo_.erase(todo_.begin(), todo_.lower_bound(end));
    }
    whole_ = run_.read().last.of_range(0, run_.size());
  }

  /// The file becomes `bytes`: then these records are lost, these rows are damaged, and nothing else is.
  void expect_lost(const std::string& path, const std::string& bytes, const MiniBatches& lost_records,
                   const MiniBatches& damaged_rows, bool is_named) {
    const std::string before = bytes_of(path);
    write_bytes(path, bytes);
    const History history = run_.read();
    MiniBatches expected = done();
    for (const std::uint64_t i : lost_records) expected.erase(i);
    ASSERT_EQ(done_in(history), expected);
    ASSERT_EQ(!history.problems.empty(), is_named);
    if (is_named) {
      ASSERT_NE(history.problems[0].find(path), std::string::npos) << history.problems[0];
    }
    const MiniBatches damaged = run_.assemble(history);
    ASSERT_EQ(damaged, damaged_rows);
    ASSERT_TRUE(run_.is_right(history, damaged));

    MiniBatches again = todo_;
    again.insert(lost_records.begin(), lost_records.end());
    again.insert(damaged.begin(), damaged.end());
    run_.start(again);
    const History mended = run_.read();
    ASSERT_EQ(done_in(mended).size(), run_.size());
    ASSERT_TRUE(run_.assemble(mended).empty());
    ASSERT_TRUE(run_.is_whole());
    run_.forget_last_start();
    write_bytes(path, before);
  }

  /// `damage(bytes, at)` for each byte of the newest segment's last three records; records are lost from that byte on.
  void damage_ledger(const std::function<std::string(const std::string&, std::uint64_t)>& damage, bool is_cut = false) {
    const std::string segment = bytes_of(run_.segment());
    const std::vector<Range> records = records_of(segment);
    ASSERT_GT(records.size(), 3U);
    for (std::uint64_t at = records[records.size() - 3].begin; at < segment.size(); ++at) {
      const std::string torn = damage(segment, at);
      const std::uint64_t first = first_difference(segment, torn);
      MiniBatches lost;
      bool is_at_boundary = false;
      for (const Range& record : records) {
        if (record.end > first && record.mini_batch != UINT64_MAX) lost.insert(record.mini_batch);
        is_at_boundary |= record.begin == first;
      }
      expect_lost(run_.segment(), torn, lost, {}, !(is_cut && is_at_boundary));
      if (HasFatalFailure()) FAIL() << "byte " << at;
    }
  }

  MiniBatches done() const {
    MiniBatches done;
    for (const LastOutcome& last : whole_)
      if (last.outcome.dequeue_count > 0 && last.outcome.is_done()) done.insert(last.outcome.mini_batch.value);
    return done;
  }

  /// Stretches of a part, in order.
  std::vector<Range> stretches_of(std::uint32_t part) const {
    std::vector<Range> found;
    for (std::uint64_t i = 0; i < run_.size(); ++i) {
      const Stretch& stretch = whole_[i].outcome.stretch;
      if (stretch.part == part && stretch.length_bytes > 0)
        found.push_back({stretch.offset_bytes, stretch.offset_bytes + stretch.length_bytes, i});
    }
    std::ranges::sort(found, {}, &Range::begin);
    return found;
  }

  /// For each byte of each part's last three stretches; `hits(stretch, at)`: whether a stretch is damaged by it.
  void damage_parts(const std::function<std::string(const std::string&, std::uint64_t)>& damage,
                    const std::function<bool(const Range&, std::uint64_t)>& hits) {
    for (std::uint32_t part = 1; part <= run_.parts(); ++part) {
      const std::string path = run_.folder().part(part);
      const std::string bytes = bytes_of(path);
      const std::vector<Range> stretches = stretches_of(part);
      ASSERT_GT(stretches.size(), 3U);
      for (std::uint64_t at = stretches[stretches.size() - 3].begin; at < bytes.size(); ++at) {
        MiniBatches damaged;
        for (const Range& stretch : stretches)
          if (hits(stretch, at)) damaged.insert(stretch.mini_batch);
        expect_lost(path, damage(bytes, at), {}, damaged, false);
        if (HasFatalFailure()) FAIL() << "part " << part << ", byte " << at;
      }
    }
  }

  std::string garbage(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  static std::string flipped(std::string bytes, std::uint64_t at, unsigned bit) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1U << bit));
    return bytes;
  }
  /// By chance a byte may be what it was.
  static std::uint64_t first_difference(const std::string& whole, const std::string& torn) {
    return static_cast<std::uint64_t>(std::ranges::mismatch(whole, torn).in1 - whole.begin());
  }
  static bool is_behind(const Range& stretch, std::uint64_t at) { return stretch.end > at; }
  static bool is_in(const Range& stretch, std::uint64_t at) { return stretch.begin <= at && at < stretch.end; }

  const unsigned seed_;
  std::mt19937_64 random_;
  RunOnDisk run_;
  MiniBatches todo_;
  std::vector<LastOutcome> whole_;  ///< by mini-batch, before any damage
};

TEST_F(CutEverywhere, ASegmentThatIsCutLosesWhatWasCut) {
  damage_ledger([](const std::string& bytes, std::uint64_t at) { return bytes.substr(0, at); }, true);
}

TEST_F(CutEverywhere, ASegmentWhoseEndTurnedIntoZerosLosesWhatWasThere) {
  damage_ledger([](const std::string& bytes, std::uint64_t at) {
    return bytes.substr(0, at) + std::string(bytes.size() - at + 64, '\0');
  });
}

TEST_F(CutEverywhere, ASegmentWhoseEndTurnedIntoGarbageLosesWhatWasThere) {
  damage_ledger([this](const std::string& bytes, std::uint64_t at) {
    return bytes.substr(0, at) + garbage(bytes.size() - at + 1 + random_() % 100);
  });
}

TEST_F(CutEverywhere, AFlippedBitInASegmentLosesItsRecordAndTheLaterOnes) {
  damage_ledger([this](const std::string& bytes, std::uint64_t at) { return flipped(bytes, at, random_() % 8); });
}

TEST_F(CutEverywhere, APartThatIsCutLosesWhatWasCut) {
  damage_parts([](const std::string& bytes, std::uint64_t at) { return bytes.substr(0, at); }, is_behind);
}

TEST_F(CutEverywhere, AFlippedBitInAPartLosesItsMiniBatch) {
  damage_parts([this](const std::string& bytes, std::uint64_t at) { return flipped(bytes, at, random_() % 8); }, is_in);
}

TEST_F(CutEverywhere, APartWhoseEndTurnedIntoGarbageLosesWhatWasThere) {
  damage_parts(
      [](const std::string& bytes, std::uint64_t at) {
        std::string torn = bytes;
        for (std::uint64_t i = at; i < torn.size(); ++i) torn[i] = static_cast<char>(~torn[i]);
        return torn;
      },
      is_behind);
}

TEST_F(CutEverywhere, WhatIsAppendedToAPartOrASegmentLosesNothing) {
  for (int round = 0; round < 100; ++round) {
    const std::string tail = round % 2 == 0 ? std::string(1 + random_() % 200, '\0') : garbage(1 + random_() % 200);
    expect_lost(run_.segment(), bytes_of(run_.segment()) + tail, {}, {}, true);
    const std::string part = run_.folder().part(1 + static_cast<std::uint32_t>(random_() % run_.parts()));
    expect_lost(part, bytes_of(part) + tail, {}, {}, false);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

TEST_F(CutEverywhere, EveryCutOfThePartsHeaderCostsThePartOnly) {
  const std::string path = run_.folder().part(2);
  const std::string bytes = bytes_of(path);
  MiniBatches all;
  for (const Range& stretch : stretches_of(2)) all.insert(stretch.mini_batch);
  for (std::uint64_t at = 0; at < part_format::header_bytes; ++at) {
    expect_lost(path, bytes.substr(0, at), {}, all, false);
    expect_lost(path, flipped(bytes, at, 3), {}, all, false);
    if (HasFatalFailure()) FAIL() << "byte " << at;
  }
}

}  // namespace
}  // namespace prs
