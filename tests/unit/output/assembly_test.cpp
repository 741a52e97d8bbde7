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
      EXPECT_TRUE(assemble(folder, history, header, writers, "out.txt").empty());
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

TEST(Assembly, SharesBeginAtWholeMebibytesAndCoverTheFile) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200; ++i) {
    std::vector<Stretch> stretches(1 + random() % 50);
    for (Stretch& stretch : stretches) stretch.length_bytes = random() % 4 == 0 ? 0 : random() % (20 << 20);
    const std::uint64_t header = random() % 3 == 0 ? random() % (10 << 20) : 0;
    const std::size_t writers = 1 + random() % 40;
    std::uint64_t total = 0;
    std::uint64_t asked = 0;
    const auto shares = split_assembly(
        stretches.size(),
        [&](MiniBatchIndex index) {
          EXPECT_EQ(index.value, asked++);
          return stretches[index.value];
        },
        header, writers, total);
    EXPECT_LE(shares.size(), writers);
    std::uint64_t covered = header;
    for (const AssemblyShare& share : shares) {
      EXPECT_EQ(share.begin_bytes % (1 << 20), 0u);
      EXPECT_LE(share.begin_bytes, covered);
      for (const Piece& piece : share.pieces) {
        const std::uint64_t end = piece.final_offset_bytes + piece.stretch.length_bytes;
        EXPECT_LE(piece.final_offset_bytes, covered);
        EXPECT_GT(end, share.begin_bytes);
        covered = std::min(end, share.end_bytes);
      }
      EXPECT_EQ(covered, share.end_bytes);
    }
    EXPECT_EQ(covered, total);
  }
}

TEST(Assembly, SmallOutputsAreNotWorthManyWriters) {
  std::uint64_t total = 0;
  const auto one_row = [](MiniBatchIndex) { return Stretch{0, 16, 10, 0}; };
  EXPECT_EQ(split_assembly(100, one_row, 0, 64, total).size(), 1u);
  EXPECT_EQ(total, 1000u);
  EXPECT_TRUE(split_assembly(0, one_row, 12, 64, total).empty());
  EXPECT_EQ(total, 12u);
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
