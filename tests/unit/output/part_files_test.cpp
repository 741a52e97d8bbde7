#include "output/part_files.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

/// Mini-batches with so many bytes of rows each.
std::vector<Stretch> rows_of(const std::vector<std::uint64_t>& lengths) {
  std::vector<Stretch> rows;
  for (const std::uint64_t length : lengths) rows.push_back({1, 0, length, 0});
  return rows;
}

std::vector<ByteRange> split(const std::vector<std::uint64_t>& lengths, std::uint64_t least_bytes,
                             std::string_view header = "h\n") {
  const auto rows = rows_of(lengths);
  return split_into_part_files(layout_of(rows, header), those_of(rows), least_bytes);
}

using Ranges = std::vector<ByteRange>;

TEST(PartFiles, AreCutBetweenMiniBatchesIntoAboutEqualStretches) {
  EXPECT_EQ(split({10, 10, 10, 10}, 20), (Ranges{{2, 22}, {22, 42}}));
  EXPECT_EQ(split({15, 10, 15}, 20), (Ranges{{2, 27}, {27, 42}}));
  EXPECT_EQ(split({0, 20, 0, 20, 0}, 20), (Ranges{{2, 22}, {22, 42}}));
}

TEST(PartFiles, FewRowsAreOneFile) {
  EXPECT_EQ(split({10, 9}, 20), (Ranges{{2, 21}}));
  EXPECT_EQ(split({19, 20}, 20), (Ranges{{2, 41}}));
  EXPECT_EQ(split({1}, least_part_file_bytes), (Ranges{{2, 3}}));
}

TEST(PartFiles, OneMiniBatchIsNeverCut) {
  EXPECT_EQ(split({1000}, 20), (Ranges{{2, 1002}}));
  EXPECT_EQ(split({10, 1000, 10}, 20), (Ranges{{2, 1012}, {1012, 1022}}));
}

TEST(PartFiles, AnyRowsAreInOneOfThemAndNoneIsEmpty) {
  const auto first_seed = std::random_device{}();
  for (unsigned seed = first_seed; seed != first_seed + 200; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> lengths(1 + random() % 1500);
    for (std::uint64_t& length : lengths) length = random() % 5 == 0 ? 0 : random() % 40;
    lengths.push_back(1);
    std::set<std::uint64_t> ends;
    std::uint64_t at = 2;
    for (const std::uint64_t length : lengths) ends.insert(at += length);
    at = 2;
    const auto files = split(lengths, 1 + random() % 500);
    for (const ByteRange& file : files) {
      EXPECT_EQ(file.begin, at) << "seed " << seed;
      EXPECT_LT(file.begin, file.end) << "seed " << seed;
      EXPECT_TRUE(ends.contains(file.end)) << "seed " << seed;
      at = file.end;
    }
    EXPECT_EQ(at, *ends.rbegin());
    EXPECT_LE(files.size(), 1000U);
  }
}

TEST(PartFiles, HaveNamesInTheirOrderThatAreTakenApartAgain) {
  EXPECT_EQ(part_file_path("/d", 7), "/d/part-00007.parquet");
  EXPECT_LT(part_file_path("/d", 99), part_file_path("/d", 100));
  EXPECT_EQ(index_of_part_file("part-00007.parquet"), 7U);
  EXPECT_EQ(index_of_part_file("part-123456.parquet"), 123456U);
  for (const char* name :
       {"part-7.parquet", "part-000007.parquet", "part-.parquet", "part-0000x.parquet", "part.parquet",
        ".part-00007.parquet", "part-00007.parquet.x", "part-parquet", "part-99999999999999999999.parquet", ""})
    EXPECT_FALSE(index_of_part_file(name)) << name;
}

TEST(PartFiles, TheirFolderHasANameOfItsLease) {
  EXPECT_EQ(part_files_building_path("/d/rows.parquet", "3-ab"), "/d/.rows.parquet.3-ab-columns.building");
  EXPECT_EQ(lease_of_part_files(".rows.parquet.3-ab-columns.building", "/d/rows.parquet"), 3U);
  for (const char* name :
       {".rows.parquet.3-ab.building", ".rows.parquet.x-columns.building", ".rows.2.3-ab-columns.building"})
    EXPECT_FALSE(lease_of_part_files(name, "/d/rows.parquet")) << name;
}

}  // namespace
}  // namespace prs
