#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

class AssemblyDamage : public ::testing::Test {
 protected:
  AssemblyDamage() {
    const auto seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    random_.seed(seed);
    history_ = random_history(folder_, random_, 400, 4, 2);
  }

  /// All other mini-batches must still be in their places.
  void expect_only_bad(const std::vector<MiniBatchIndex>& expected) {
    for (const std::size_t writers : {1, 5}) {
      EXPECT_EQ(assemble(folder_, history_, "head\n", writers, "out.txt"), expected);
      const std::string out = bytes_of(folder_.file("out.txt"));
      std::size_t at = 5;
      for (std::size_t i = 0; i < history_.rows.size(); at += history_.rows[i++].size()) {
        if (std::ranges::count(expected, MiniBatchIndex{i}) > 0) continue;
        ASSERT_TRUE(out.compare(at, history_.rows[i].size(), history_.rows[i]) == 0) << "mini-batch " << i;
      }
    }
  }

  /// Mini-batches that have rows in the part from this byte on.
  std::vector<MiniBatchIndex> in_part(std::uint32_t part, std::uint64_t ending_after = 0) const {
    std::vector<MiniBatchIndex> found;
    for (std::size_t i = 0; i < history_.stretches.size(); ++i) {
      const Stretch& stretch = history_.stretches[i];
      if (stretch.part == part && stretch.length_bytes > 0 &&
          stretch.offset_bytes + stretch.length_bytes > ending_after)
        found.push_back({i});
    }
    return found;
  }

  const OutputFolder folder_;
  std::mt19937_64 random_;
  History history_;
};

TEST_F(AssemblyDamage, AWrongByteAnywhereIsFoundByItsMiniBatch) {
  for (int round = 0; round < 4; ++round) {
    std::size_t mini_batch = random_() % history_.rows.size();
    while (history_.rows[mini_batch].empty()) mini_batch = (mini_batch + 1) % history_.rows.size();
    const Stretch& stretch = history_.stretches[mini_batch];
    const std::string before = bytes_of(folder_.part(stretch.part));
    std::string damaged = before;
    damaged[stretch.offset_bytes + random_() % stretch.length_bytes] ^= 4;
    write_bytes(folder_.part(stretch.part), damaged);
    expect_only_bad({{mini_batch}});
    write_bytes(folder_.part(stretch.part), before);
  }
}

TEST_F(AssemblyDamage, AWrongByteInALargeStretchIsFoundByEveryWriterThatCopiesOfIt) {
  const auto largest = std::ranges::max_element(history_.rows, {}, &std::string::size) - history_.rows.begin();
  const Stretch& stretch = history_.stretches[static_cast<std::size_t>(largest)];
  std::string damaged = bytes_of(folder_.part(stretch.part));
  damaged[stretch.offset_bytes + stretch.length_bytes - 1] ^= 1;
  write_bytes(folder_.part(stretch.part), damaged);
  expect_only_bad({{static_cast<std::uint64_t>(largest)}});
}

TEST_F(AssemblyDamage, AMissingPartCostsItsMiniBatchesOnly) {
  std::filesystem::remove(folder_.part(2));
  expect_only_bad(in_part(2));
}

TEST_F(AssemblyDamage, AShortPartCostsWhatWasCutOff) {
  const std::uint64_t size = std::filesystem::file_size(folder_.part(1));
  for (const std::uint64_t left : {size - 1, size / 2, std::uint64_t{10}, std::uint64_t{0}}) {
    std::filesystem::resize_file(folder_.part(1), left);
    expect_only_bad(left < 16 ? in_part(1) : in_part(1, left));
  }
}

TEST_F(AssemblyDamage, APartUnderAnothersNameOrOfAnotherVersionIsNotRead) {
  std::filesystem::rename(folder_.part(0), folder_.file("zero"));
  std::filesystem::copy_file(folder_.part(3), folder_.part(0));
  expect_only_bad(in_part(0));
  std::string bytes = bytes_of(folder_.file("zero"));
  bytes[8] = 2;
  write_bytes(folder_.part(0), bytes);
  expect_only_bad(in_part(0));
}

TEST_F(AssemblyDamage, AFolderInAPartsPlaceIsNoError) {
  std::filesystem::remove(folder_.part(2));
  std::filesystem::create_directory(folder_.part(2));
  expect_only_bad(in_part(2));
}

TEST_F(AssemblyDamage, AStretchBeyondAllBytesIsBad) {
  history_.stretches[7] = {1, UINT64_MAX - 10, history_.rows[7].size(), 0};
  history_.stretches[8] = {1, std::uint64_t{1} << 62, history_.rows[8].size(), 0};
  std::vector<MiniBatchIndex> expected;
  for (const std::uint64_t i : {7, 8})
    if (!history_.rows[i].empty()) expected.push_back({i});
  expect_only_bad(expected);
}

TEST_F(AssemblyDamage, AFullDiskIsAnErrorThatNamesTheFile) {
  const AssemblyLayout layout = layout_of(history_.stretches, "");
  write_bytes(folder_.file("out"), "");
  const FileSizeLimit limit(layout.total_bytes() - 1);
  try {
    write_range(folder_, history_, layout, {0, layout.total_bytes()}, 1000, folder_.file("out"));
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find(folder_.file("out")), std::string::npos);
  }
}

TEST_F(AssemblyDamage, AFileThatIsNotThereIsAnErrorThatNamesIt) {
  EXPECT_THROW(write_share({0, 1, {{{0}, 0, history_.stretches[0]}}}, folder_.file("none"),
                           [&](std::uint32_t p) { return folder_.part(p); }, {}),
               InfrastructureError);
}

}  // namespace
}  // namespace prs
