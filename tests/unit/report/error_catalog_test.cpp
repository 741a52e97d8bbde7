#include "report/error_catalog.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(ErrorCatalog, OneKindHasOneNumberAndKeepsTheFirstText) {
  ErrorCatalog errors;
  const Failure first{"ValueError", "bad digit 'x' in line 3", "Traceback 1"};
  EXPECT_EQ(errors.add(first), 1u);
  EXPECT_TRUE(errors.is_new(1));
  EXPECT_EQ(errors.add({"ValueError", "bad digit 'y' in line 44", "Traceback 2"}), 1u);
  EXPECT_FALSE(errors.is_new(1));
  EXPECT_EQ(errors.text_of(1), first);
  EXPECT_EQ(errors.count_of(1), 2u);
}

TEST(ErrorCatalog, TheSameTextTwiceInARowIsTheSameKind) {
  ErrorCatalog errors;
  const Failure a{"KeyError", "a", ""}, b{"Key", "Errora", ""};
  EXPECT_EQ(errors.add(a), 1u);
  EXPECT_EQ(errors.add(a), 1u);
  EXPECT_EQ(errors.add(b), 2u);
  EXPECT_EQ(errors.add(b), 2u);
  EXPECT_EQ(errors.add(a), 1u);
  EXPECT_EQ(errors.count_of(1), 3u);
  EXPECT_EQ(errors.count_of(2), 2u);
}

TEST(ErrorCatalog, TheMostFrequentComeFirstAndTiesKeepTheirOrder) {
  ErrorCatalog errors;
  for (const char* category : {"A", "B", "C", "D", "B", "D"}) errors.add({category, "", ""});
  EXPECT_EQ(errors.most_frequent(3), (std::vector<std::uint32_t>{2, 4, 1}));
  EXPECT_EQ(errors.most_frequent(99), (std::vector<std::uint32_t>{2, 4, 1, 3}));
  EXPECT_TRUE(errors.most_frequent(0).empty());
}

TEST(ErrorCatalog, RestoredTextsKeepTheirNumbersAndCountNothing) {
  ErrorCatalog errors;
  EXPECT_EQ(errors.restore({"A", "1", ""}), 1u);
  EXPECT_EQ(errors.restore({"B", "1", ""}), 2u);
  EXPECT_EQ(errors.restore({"A", "2", ""}), 1u);
  EXPECT_TRUE(errors.most_frequent(9).empty());
  EXPECT_EQ(errors.add({"B", "7", ""}), 2u);
  EXPECT_EQ(errors.count_of(2), 1u);
  EXPECT_EQ(errors.most_frequent(9), (std::vector<std::uint32_t>{2}));
}

TEST(ErrorCatalog, ARestoredCountStaysAndTheTextIsStillNewToThisStart) {
  ErrorCatalog errors;
  errors.restore({"A", "1", ""}, 5);
  errors.restore({"A", "1", ""}, 2);
  EXPECT_EQ(errors.count_of(1), 7u);
  EXPECT_EQ(errors.added(), 0u);
  EXPECT_EQ(errors.most_frequent(9), (std::vector<std::uint32_t>{1}));
  errors.add({"A", "1", ""});
  EXPECT_TRUE(errors.is_new(1));
  EXPECT_FALSE(errors.has_other_texts(1));
  errors.add({"A", "2", ""});
  EXPECT_FALSE(errors.is_new(1));
  EXPECT_TRUE(errors.has_other_texts(1));
  EXPECT_EQ(errors.count_of(1), 9u);
  EXPECT_EQ(errors.added(), 2u);
}

TEST(ErrorCatalog, AnEmptyFailureIsAKindToo) {
  ErrorCatalog errors;
  EXPECT_EQ(errors.add({}), 1u);
  EXPECT_EQ(errors.add({}), 1u);
  EXPECT_EQ(errors.count_of(1), 2u);
}

std::string word(std::size_t number) {
  std::string letters;
  for (; number > 0; number /= 26) letters += static_cast<char>('a' + number % 26);
  return letters + "_";
}

TEST(ErrorCatalog, KindsWithoutEndCountTogetherAsOtherErrors) {
  ErrorCatalog errors;
  for (std::size_t i = 0; i < ErrorCatalog::most_kinds; ++i) ASSERT_EQ(errors.add({"E", word(i), ""}), i + 1);
  const std::uint32_t other = errors.add({"E", "one too many", ""});
  EXPECT_EQ(other, ErrorCatalog::most_kinds + 1);
  EXPECT_EQ(errors.add({"F", "and another", ""}), other);
  EXPECT_EQ(errors.count_of(other), 2u);
  EXPECT_EQ(errors.text_of(other).category, "other errors");
  EXPECT_EQ(errors.add({"E", word(5), ""}), 6u);
  EXPECT_EQ(errors.restore(errors.text_of(other)), other);
}

TEST(ErrorCatalog, LongTextsLoseTheirMiddle) {
  ErrorCatalog errors;
  const std::uint32_t error = errors.add({"E", "m", "begin" + std::string(10 << 20, 'x') + "end"});
  const std::string& detail = errors.text_of(error).detail;
  EXPECT_LT(detail.size(), 40000u);
  EXPECT_TRUE(detail.starts_with("begin"));
  EXPECT_TRUE(detail.ends_with("xend"));
  EXPECT_NE(detail.find("bytes left out"), std::string::npos);
}

TEST(ErrorCatalog, ManyLongTracebacksStayWithinMemory) {
  ErrorCatalog errors;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < 5000; ++i)
    bytes += errors.text_of(errors.add({"E", word(i), std::string(40000, 'x')})).detail.size();
  EXPECT_LT(bytes, std::size_t{25} << 20);
}

TEST(ErrorCatalogDeathTest, ANumberThatWasNeverGivenIsABug) {
  ErrorCatalog errors;
  EXPECT_DEATH(errors.text_of(0), "internal error");
  EXPECT_DEATH(errors.count_of(1), "internal error");
}

}  // namespace
}  // namespace prs
