#include "dataset/glob_pattern.hpp"

#include <gtest/gtest.h>

namespace prs::test {
namespace {

TEST(GlobPattern, WithoutPartsTakesEverythingButHiddenNames) {
  const GlobPattern pattern;
  EXPECT_TRUE(pattern.is_whole(pattern.start()));
  EXPECT_TRUE(pattern.is_whole(pattern.after(pattern.start(), "a")));
  EXPECT_EQ(pattern.after(pattern.start(), ".a"), 0u);
}

TEST(GlobPattern, AFolderIsNotListedWhereOnlyWholeNamesCanFollow) {
  const GlobPattern pattern({"*", "labels", "*.txt"});
  EXPECT_EQ(pattern.only_names(pattern.start()), std::nullopt);
  const auto behind_star = pattern.after(pattern.start(), "x");
  EXPECT_EQ(pattern.only_names(behind_star), std::vector<std::string>{"labels"});
  EXPECT_EQ(pattern.only_names(pattern.after(behind_star, "labels")), std::nullopt);
  EXPECT_EQ(pattern.after(behind_star, "images"), 0u);
}

TEST(GlobPattern, KeepsAllPlacesThatTwoStarsAllow) {
  const GlobPattern pattern({"**", "a", "**", "a"});
  auto places = pattern.start();
  places = pattern.after(places, "a");
  EXPECT_FALSE(pattern.is_whole(places));
  EXPECT_TRUE(pattern.is_whole(pattern.after(places, "a")));
  EXPECT_TRUE(pattern.is_whole(pattern.after(pattern.after(places, "b"), "a")));
  EXPECT_FALSE(pattern.is_whole(pattern.after(places, "b")));
}

TEST(GlobPattern, TakesAsManyPartsAsItSays) {
  const GlobPattern pattern(std::vector<std::string>(GlobPattern::max_parts, "?"));
  auto places = pattern.start();
  for (std::size_t i = 0; i < GlobPattern::max_parts; ++i) {
    EXPECT_FALSE(pattern.is_whole(places));
    places = pattern.after(places, "x");
  }
  EXPECT_TRUE(pattern.is_whole(places));
}

}  // namespace
}  // namespace prs::test
