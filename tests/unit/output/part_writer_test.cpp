#include <gtest/gtest.h>

#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

TEST(PartWriter, BytesAreThoseOfThePagesExample) {
  const OutputFolder folder;
  IoThread io;
  PartWriter writer(io, folder.part(7), 7);
  writer.add("3: 8\n");
  EXPECT_EQ(writer.end_try(), (Stretch{7, 16, 5, checksum_of("3: 8\n")}));
  writer.add("4: ");
  writer.add("1\n");
  EXPECT_EQ(writer.end_try(), (Stretch{7, 21, 5, checksum_of("4: 1\n")}));
  writer.submit();
  io.finish();
  EXPECT_EQ(bytes_of(folder.part(7)), std::string("PRSROWS\n\1\0\0\0\7\0\0\0"
                                                  "3: 8\n4: 1\n",
                                                  26));
}

TEST(PartWriter, StretchesNameTheirBytesHoweverTheyCame) {
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  const OutputFolder folder;
  std::vector<std::string> rows;
  std::vector<Stretch> stretches;
  IoThread io;
  PartWriter writer(io, folder.part(3), 3);
  for (int i = 0; i < 300; ++i) {
    std::string all;
    for (std::uint64_t pieces = random() % 6; pieces > 0; --pieces) {
      const std::string piece = random_rows(random, random() % 9 == 0 ? random() % 2000000 : random() % 3000);
      writer.add(piece);
      all += piece;
      if (random() % 20 == 0) writer.submit();
    }
    stretches.push_back(writer.end_try());
    rows.push_back(all);
    if (random() % 20 == 0) writer.submit();
  }
  const std::uint64_t ticket = writer.submit();
  io.finish();
  EXPECT_EQ(io.written(), ticket);
  const std::string bytes = bytes_of(folder.part(3));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(stretches[i].part, 3u);
    EXPECT_EQ(stretches[i].checksum, checksum_of(rows[i]));
    ASSERT_EQ(stretches[i].length_bytes, rows[i].size());
    EXPECT_TRUE(bytes.compare(stretches[i].offset_bytes, rows[i].size(), rows[i]) == 0);
  }
}

TEST(PartWriter, AGrowingTryIsPassedOnWhileItGrows) {
  const OutputFolder folder;
  IoThread io;
  PartWriter writer(io, folder.part(0), 0);
  const std::string line(1000, 'x');
  std::uint64_t added = 0;
  for (int i = 0; i < 5000; ++i) {
    writer.add(line);
    added += line.size();
  }
  // Without a submit(), all but less than one block is on its way.
  io.finish();
  EXPECT_GT(std::filesystem::file_size(folder.part(0)) + (257 << 10), added);
  const Stretch stretch = writer.end_try();
  EXPECT_EQ(stretch.length_bytes, added);
  EXPECT_EQ(stretch.checksum, checksum_of(std::string(added, 'x')));
}

TEST(PartWriter, SmallTriesWaitForSubmitOrABlock) {
  const OutputFolder folder;
  IoThread io;
  PartWriter writer(io, folder.part(0), 0);
  writer.add("row\n");
  writer.end_try();
  io.finish();
  EXPECT_EQ(std::filesystem::file_size(folder.part(0)), 0u);
  const std::uint64_t ticket = writer.submit();
  EXPECT_EQ(writer.submit(), ticket);
  io.finish();
  EXPECT_EQ(std::filesystem::file_size(folder.part(0)), 20u);
}

TEST(PartWriter, NeverAppendsToAnOlderPart) {
  const OutputFolder folder;
  write_bytes(folder.part(0), "older");
  IoThread io;
  EXPECT_THROW(PartWriter(io, folder.part(0), 0), InfrastructureError);
  EXPECT_EQ(bytes_of(folder.part(0)), "older");
}

TEST(PartWriter, AFullDiskIsToldWithTheFile) {
  const OutputFolder folder;
  const FileSizeLimit limit(100000);
  IoThread io;
  PartWriter writer(io, folder.part(0), 0);
  writer.add(std::string(300000, 'x'));
  writer.submit();
  io.finish();
  ASSERT_TRUE(io.failure());
  EXPECT_NE(io.failure()->find(folder.part(0)), std::string::npos);
}

}  // namespace
}  // namespace prs
