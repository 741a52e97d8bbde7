#include "dataset/path_merge.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace prs::test {
namespace {
std::string text_of(const GrowingArray<char>& paths) {
  return {paths.data(), paths.size()};
}

TEST(PathMerge, GivesEveryPathOnceInOrderForRandomRuns) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    GrowingArray<char> paths;
    std::vector<SortedRun> runs;
    std::set<std::string> all;
    for (std::size_t run = random() % 6; run > 0; --run) {
      std::set<std::string> own;
      for (std::size_t i = random() % 8; i > 0; --i) own.insert("/" + std::to_string(random() % 30));
      const std::size_t begin = paths.size();
      for (const std::string& path : own) paths.append(path.c_str(), path.size() + 1);
      runs.push_back({begin, paths.size()});
      all.merge(own);
    }
    std::string expected;
    for (const std::string& path : all) expected += path + '\0';
    const std::function<void()> nothing;
    Pulse pulse(nothing);
    EXPECT_EQ(text_of(merge_runs(std::move(paths), runs, pulse)), expected);
  }
}

TEST(PathMerge, GivingReadPagesBackLosesNothing) {
  GrowingArray<char> paths;
  std::vector<SortedRun> runs;
  std::string expected;
  for (int run = 0; run < 2; ++run) {
    const std::size_t begin = paths.size();
    for (int i = 0; i < 200'000; ++i) {
      const std::string path = "/a/rather/long/folder/" + std::to_string(1'000'000 + 2 * i + run);
      paths.append(path.c_str(), path.size() + 1);
    }
    runs.push_back({begin, paths.size()});
  }
  for (int i = 0; i < 400'000; ++i) expected += "/a/rather/long/folder/" + std::to_string(1'000'000 + i) + '\0';
  const std::function<void()> nothing;
  Pulse pulse(nothing);
  EXPECT_TRUE(text_of(merge_runs(std::move(paths), runs, pulse)) == expected);
}

}  // namespace
}  // namespace prs::test
