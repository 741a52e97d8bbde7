#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "ledger/format.hpp"
#include "tests/unit/ledger/ledger_fixture.hpp"

namespace prs {
namespace {

/// Where each record of the example ends, the header's first; found by reading ever longer beginnings.
std::vector<std::uint64_t> record_ends(const TemporaryFolder& folder, const std::string& bytes) {
  std::vector<std::uint64_t> ends;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    write_bytes(folder.file("beginning"), bytes.substr(0, size));
    const SegmentEnd end = read_back(folder.file("beginning")).end;
    if (end.has_header && end.valid_bytes == size) ends.push_back(size);
  }
  return ends;
}

std::size_t whole_records(const std::vector<std::uint64_t>& ends, std::uint64_t size) {
  return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
}

/// What a reader must have found where only the first `records` records, the header among them, were whole.
void expect_beginning(const ReadBack& read, const std::vector<std::string>& written, std::size_t records,
                      const std::vector<std::uint64_t>& ends) {
  EXPECT_EQ(read.end.has_header, records > 0);
  EXPECT_EQ(read.end.valid_bytes, records > 0 ? ends[records - 1] : 0);
  const auto count = static_cast<std::ptrdiff_t>(records > 0 ? records - 1 : 0);
  EXPECT_EQ(read.records, std::vector<std::string>(written.begin(), written.begin() + count));
}

TEST(LedgerDamage, ACutAtEveryByteLosesOnlyWhatWasCut) {
  const TemporaryFolder folder;
  const auto written = write_example(folder.file("a"));
  const std::string bytes = bytes_of(folder.file("a"));
  const auto ends = record_ends(folder, bytes);
  ASSERT_EQ(ends.size(), written.size() + 1);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    SCOPED_TRACE("cut after " + std::to_string(size));
    write_bytes(folder.file("b"), bytes.substr(0, size));
    const ReadBack read = read_back(folder.file("b"));
    expect_beginning(read, written, whole_records(ends, size), ends);
    EXPECT_EQ(read.end.problem.empty(), std::ranges::count(ends, size) == 1);
    EXPECT_EQ(read.end.file_bytes, size);
  }
}

TEST(LedgerDamage, AFlipOfEveryBitEndsTheSegmentBeforeItsRecord) {
  const TemporaryFolder folder;
  const auto written = write_example(folder.file("a"));
  const std::string bytes = bytes_of(folder.file("a"));
  const auto ends = record_ends(folder, bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE("bit " + std::to_string(bit) + " of byte " + std::to_string(at));
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      write_bytes(folder.file("b"), damaged);
      const ReadBack read = read_back(folder.file("b"));
      if (at == ledger_format::version_at && damaged[at] == ledger_format::oldest_version) {
        EXPECT_EQ(read.records, written) << "what both versions have says the same in both";
        continue;
      }
      expect_beginning(read, written, whole_records(ends, at), ends);
      EXPECT_NE(read.end.problem, "");
    }
}

TEST(LedgerDamage, ATailOfZerosOrJunkIsNoRecord) {
  const TemporaryFolder folder;
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  const auto written = write_example(folder.file("a"));
  const std::string bytes = bytes_of(folder.file("a"));
  for (int i = 0; i < 300; ++i) {
    std::string tail(1 + random() % 300, '\0');
    if (i > 0)
      for (char& byte : tail) byte = static_cast<char>(random());
    write_bytes(folder.file("b"), bytes + tail);
    const ReadBack read = read_back(folder.file("b"));
    EXPECT_EQ(read.records, written);
    EXPECT_EQ(read.end.valid_bytes, bytes.size());
    EXPECT_NE(read.end.problem.find("byte " + std::to_string(bytes.size())), std::string::npos);
  }
}

TEST(LedgerDamage, RecordsOfAnotherSegmentAreNotAccepted) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name) {
    IoThread io;
    LedgerWriter writer(io, folder.file(name), example_header);
    for (std::uint32_t i = 0; i < 10; ++i) writer.outcome({{i}, 1, TryStatus::run_done, 1, 1, 1, {}}, 0);
    writer.submit();
    io.finish();
    return bytes_of(folder.file(name));
  };
  const std::string one = write("one"), other = write("other");  // same header and records, other nonce
  ASSERT_EQ(one.size(), other.size());
  const std::size_t cut = one.size() - std::size_t{5} * 64;
  write_bytes(folder.file("mixed"), one.substr(0, cut) + other.substr(cut));
  EXPECT_EQ(read_back(folder.file("mixed")).records.size(), 5u);
}

TEST(LedgerDamage, ARecordInAnotherPlaceIsNotAccepted) {
  const TemporaryFolder folder;
  {
    IoThread io;
    LedgerWriter writer(io, folder.file("a"), example_header);
    for (std::uint32_t i = 0; i < 10; ++i) writer.outcome({{i}, 1, TryStatus::run_done, 1, 1, 1, {}}, 0);
    writer.submit();
  }
  std::string bytes = bytes_of(folder.file("a"));
  bytes.replace(bytes.size() - 128, 64, bytes.substr(bytes.size() - 64));
  write_bytes(folder.file("b"), bytes);
  EXPECT_EQ(read_back(folder.file("b")).records.size(), 8u);
}

TEST(LedgerDamage, AForeignOrNewerFileReportsNothing) {
  const TemporaryFolder folder;
  write_example(folder.file("a"));
  std::string bytes = bytes_of(folder.file("a"));
  bytes[8] = 4;
  write_bytes(folder.file("newer"), bytes);
  EXPECT_NE(read_back(folder.file("newer")).end.problem.find("version 4"), std::string::npos);
  write_bytes(folder.file("foreign"), "mini-batch,picked\n1,2\n3,4\n");
  for (const char* name : {"newer", "foreign"}) {
    const ReadBack read = read_back(folder.file(name));
    EXPECT_FALSE(read.end.has_header);
    EXPECT_EQ(read.end.valid_bytes, 0u);
    EXPECT_TRUE(read.records.empty());
  }
}

}  // namespace
}  // namespace prs
