#include <gtest/gtest.h>

#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

TEST(Assembly, AnyHistoryByAnyNumberOfWritersGivesTheSameBytesAsConcatenation) {
  const auto first_seed = std::random_device{}();
  for (unsigned seed = first_seed; seed != first_seed + 4; ++seed) {
    std::printf("seed %u\n", seed);
    std::mt19937_64 random(seed);
    const OutputFolder folder;
    const auto parts = static_cast<std::uint32_t>(1 + random() % 7);
    const History history = random_history(folder, random, 1500, parts, 2 + random() % 3);
    const std::string header = random() % 2 == 0 ? "" : "digit,label\n";
    const std::string expected = concatenation(history, header);
    for (const std::size_t writers : {1, 2, 5}) {
      EXPECT_TRUE(assemble(folder, history, header, writers, "out.txt", 50 + random() % 1000).empty());
      EXPECT_TRUE(bytes_of(folder.file("out.txt")) == expected) << writers << " writers";
    }
  }
}

TEST(Assembly, AStretchLargerThanManySharesIsCopiedWhole) {
  const OutputFolder folder;
  std::mt19937_64 random(1);
  History history = random_history(folder, random, 3, 2, 0);
  history.rows[1] = random_rows(random, 30 << 20);
  {
    IoThread io;
    PartWriter writer(io, folder.part(9), 9);
    writer.add(history.rows[1]);
    history.stretches[1] = writer.end_try();
    writer.submit();
  }
  EXPECT_TRUE(assemble(folder, history, "h", 7, "out.txt").empty());
  EXPECT_TRUE(bytes_of(folder.file("out.txt")) == concatenation(history, "h"));
}

TEST(Assembly, AThousandPartsNeedFewOpenFiles) {
  const OutputFolder folder;
  struct rlimit before = {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  std::mt19937_64 random(2);
  History history;
  {
    // A part writer keeps its file open, so the parts are made a few at a time.
    history.rows.resize(4000);
    history.stretches.resize(4000);
    for (std::uint32_t p = 0; p < 1000; ++p) {
      IoThread io;
      PartWriter writer(io, folder.part(p), p);
      for (std::size_t i = p; i < 4000; i += 1000) {
        history.rows[i] = random_rows(random, random() % 20000);
        writer.add(history.rows[i]);
        history.stretches[i] = writer.end_try();
      }
      writer.submit();
    }
  }
  const struct rlimit few = {40, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  const auto bad = assemble(folder, history, "", 2, "out.txt");
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(bad.empty());
  EXPECT_TRUE(bytes_of(folder.file("out.txt")) == concatenation(history, ""));
}

TEST(Assembly, SharesAreCutAtWholeMebibytesAndCoverWhatIsMissing) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 300; ++i) {
    std::vector<ByteRange> gaps;
    for (std::uint64_t at = random() % 100; gaps.size() < 1 + random() % 5;
         at = gaps.back().end + 1 + random() % (9 << 20))
      gaps.push_back({at, at + 1 + random() % (std::uint64_t{1} << (10 + random() % 25))});
    const std::size_t writers = 1 + random() % 40;
    const std::vector<ByteRange> shares = split_assembly(gaps, writers);
    auto share = shares.begin();
    for (const ByteRange& gap : gaps)
      for (std::uint64_t at = gap.begin; at < gap.end; at = share++->end) {
        ASSERT_NE(share, shares.end());
        EXPECT_EQ(share->begin, at);
        EXPECT_GT(share->end, at);
        EXPECT_LE(share->end - at, 256u << 20);
        EXPECT_TRUE(share->end == gap.end || share->end % (1 << 20) == 0);
      }
    EXPECT_EQ(share, shares.end());
  }
}

TEST(Assembly, EachWriterGetsAFewSharesOfALargeOutputAndFewGetOneOfASmall) {
  EXPECT_EQ(split_assembly({{0, 1 << 30}}, 16).size(), 64u);
  EXPECT_EQ(split_assembly({{0, std::uint64_t{10} << 30}}, 1).size(), 40u);
  EXPECT_EQ(split_assembly({{12, 1000}}, 64).size(), 1u);
  EXPECT_TRUE(split_assembly({}, 64).empty());
}

TEST(Assembly, APartOfAShareEndsWithAPieceAndTheNextOneGoesOnThere) {
  const std::vector<Stretch> stretches(5000, Stretch{1, 16, 10, 0});
  const AssemblyLayout layout = layout_of(stretches, "head");
  EXPECT_EQ(layout.total_bytes(), 50004u);
  const AssemblyShare part = layout.share({4015, 50004}, 3, those_of(stretches));
  EXPECT_EQ(part.end_bytes, 4044u);
  ASSERT_EQ(part.pieces.size(), 3u);
  EXPECT_EQ(part.pieces[0].mini_batch.value, 401u);
  EXPECT_EQ(part.pieces[0].final_offset_bytes, 4014u);
  const AssemblyShare next = layout.share({part.end_bytes, 50004}, 10000, those_of(stretches));
  EXPECT_EQ(next.pieces.front().mini_batch.value, 404u);
  EXPECT_EQ(next.pieces.back().mini_batch.value, 4999u);
  EXPECT_EQ(next.end_bytes, 50004u);
}

TEST(Assembly, ALayoutIsTheSameForTheSameRowsWhereverTheyComeFrom) {
  std::vector<Stretch> stretches(3000);
  for (std::size_t i = 0; i < stretches.size(); ++i) stretches[i] = {1, 16 + 10 * i, i % 3, i};
  const std::uint64_t identity = layout_of(stretches, "head").identity();
  AssemblyLayout backwards(stretches.size(), "head");
  for (std::size_t i = stretches.size(); i-- > 0;) backwards.add({i}, stretches[i]);
  EXPECT_EQ(backwards.identity(), identity);
  EXPECT_NE(layout_of(stretches, "Head").identity(), identity);
  auto others = stretches;
  others[7].part = 9;
  EXPECT_EQ(layout_of(others, "head").identity(), identity) << "made again, the same";
  std::swap(others[1000], others[2003]);
  EXPECT_NE(layout_of(others, "head").identity(), identity);
  others = stretches;
  others[8].checksum ^= 1;
  EXPECT_NE(layout_of(others, "head").identity(), identity);
}

TEST(Assembly, WhatIsWrittenInPartsByAnyNumberOfStartsIsTheSame) {
  const OutputFolder folder;
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  const History history = random_history(folder, random, 800, 3, 8);
  const AssemblyLayout layout = layout_of(history.stretches, "h");
  FinalFile first(folder.file("out.txt"), "1-a");
  first.begin(layout.total_bytes(), "h");
  ByteRanges written;
  std::string building = first.building_path();
  std::string lease = "1-a";
  for (int start = 2;; ++start) {
    const auto shares = split_assembly(written.gaps({1, layout.total_bytes()}), 1 + random() % 9);
    if (shares.empty()) break;
    for (const ByteRange& share : shares) {
      if (random() % 2 == 0) continue;  // this start was killed before
      EXPECT_TRUE(write_range(folder, history, layout, share, 100, building).empty());
      written.add(share);
    }
    FinalFile next(folder.file("out.txt"), std::to_string(start) + "-b");
    const auto begun = next.find_begun({lease}, layout.total_bytes(), "h");
    ASSERT_EQ(begun, building);
    lease = std::to_string(start) + "-b";
    ASSERT_TRUE(next.take_over(*begun));
    building = next.building_path();
    if (written.gaps({1, layout.total_bytes()}).empty()) next.finish();
  }
  EXPECT_TRUE(bytes_of(folder.file("out.txt")) == concatenation(history, "h"));
}

TEST(Assembly, ASharesBytesComeBackEqual) {
  const AssemblyShare share{1 << 20, 7 << 20, {{{5}, 100, {1, 2, 3, 4}}, {{UINT64_MAX}, 103, {5, 6, 7, UINT64_MAX}}}};
  const AssemblyShare back = assembly_share_of(to_bytes(share));
  EXPECT_EQ(back.begin_bytes, share.begin_bytes);
  EXPECT_EQ(back.end_bytes, share.end_bytes);
  ASSERT_EQ(back.pieces.size(), 2u);
  EXPECT_EQ(back.pieces[1].mini_batch.value, UINT64_MAX);
  EXPECT_EQ(back.pieces[1].final_offset_bytes, 103u);
  EXPECT_EQ(back.pieces[1].stretch, share.pieces[1].stretch);
}

TEST(Assembly, AWriterWhoseFileWasTakenOverWritesNoMore) {
  const OutputFolder folder;
  std::mt19937_64 random(4);
  const History history = random_history(folder, random, 20, 1, 4);
  const AssemblyLayout layout = layout_of(history.stretches, "");
  FinalFile older(folder.file("out.txt"), "1-a"), newer(folder.file("out.txt"), "2-b");
  older.begin(layout.total_bytes(), "");
  const AssemblyShare share = layout.share({0, layout.total_bytes()}, 1000, those_of(history.stretches));
  ASSERT_GT(layout.total_bytes(), 5u << 20);
  const auto take_over = [&, is_first = true]() mutable {  // after its first block, while the older job is stopped
    if (std::exchange(is_first, false)) {
      EXPECT_TRUE(newer.take_over(older.building_path()));
    }
  };
  EXPECT_THROW(write_share(
                   share, older.building_path(), [&](std::uint32_t p) { return folder.part(p); }, take_over),
               InfrastructureError);
  const std::string bytes = bytes_of(newer.building_path());
  const std::string all = concatenation(history, "");
  EXPECT_TRUE(bytes.substr(0, 4 << 20) == all.substr(0, 4 << 20));
  EXPECT_TRUE(bytes.substr(4 << 20) == std::string(all.size() - (4 << 20), '\0'));
}

TEST(Assembly, DamagedRowsLeaveTheirPlaceInTheFileAsItIs) {
  const OutputFolder folder;
  std::mt19937_64 random(5);
  History history = random_history(folder, random, 300, 1, 0);
  const std::string all = concatenation(history, "");
  write_bytes(folder.file("out"), all);
  std::filesystem::remove(folder.part(0));  // as an older job may find it that wakes up
  const AssemblyLayout layout = layout_of(history.stretches, "");
  EXPECT_FALSE(write_range(folder, history, layout, {0, all.size()}, 1000, folder.file("out")).empty());
  EXPECT_TRUE(bytes_of(folder.file("out")) == all);
}

TEST(Assembly, TheCallerIsAskedBetweenBlocks) {
  const OutputFolder folder;
  std::mt19937_64 random(3);
  const std::string rows = random_rows(random, 20 << 20);
  IoThread io;
  PartWriter writer(io, folder.part(0), 0);
  writer.add(rows);
  const Stretch stretch = writer.end_try();
  writer.submit();
  io.finish();
  write_bytes(folder.file("out"), "");
  int ticks = 0;
  const AssemblyShare share{0, rows.size(), {{{0}, 0, stretch}}};
  EXPECT_TRUE(write_share(
                  share, folder.file("out"), [&](std::uint32_t p) { return folder.part(p); }, [&] { ++ticks; })
                  .empty());
  EXPECT_GE(ticks, 5);
  EXPECT_TRUE(bytes_of(folder.file("out")) == rows);
}

}  // namespace
}  // namespace prs
