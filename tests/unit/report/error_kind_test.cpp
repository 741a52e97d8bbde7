#include "report/error_kind.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

std::string kind(const std::string& message) {
  return error_kind({"E", message, ""});
}

TEST(ErrorKind, NumbersDoNotTellKindsApart) {
  EXPECT_EQ(kind("index 5 is out of bounds for size 5"), kind("index 123 is out of bounds for size 77"));
  EXPECT_EQ(kind("loss is 1.5e-05"), kind("loss is -3"));
  EXPECT_EQ(kind("loss is 2E10"), kind("loss is 0.25"));
  EXPECT_EQ(kind("image0001.pgm"), kind("image2.pgm"));
  EXPECT_EQ(kind("shape (3, 4, 5)"), kind("shape (7, 8)"));
  EXPECT_EQ(kind("values [1. 2. 3.]"), kind("values [7.]"));
  EXPECT_EQ(kind("took 1.2.3"), kind("took 4"));
}

TEST(ErrorKind, AddressesAndHashesDoNotTellKindsApart) {
  EXPECT_EQ(kind("<Image object at 0x7f3a9c0d10>"), kind("<Image object at 0x55e1>"));
  EXPECT_EQ(kind("blob 3fa9c0de11 lost"), kind("blob 00aa77ff lost"));
  EXPECT_EQ(kind("id 550e8400-e29b-41d4-a716-446655440000"), kind("id 1b4e28ba-2fa1-11d2-abcd-0016d3cca427"));
}

TEST(ErrorKind, QuotedTextDoesNotTellKindsApart) {
  EXPECT_EQ(kind("invalid literal: 'abc'"), kind("invalid literal: 'it\\'s \"x\"'"));
  EXPECT_EQ(kind("bad bytes b'\\x00'"), kind("bad bytes b'PK'"));
  EXPECT_EQ(kind("no column \"a b\" here"), kind("no column \"\" here"));
}

TEST(ErrorKind, AnApostropheIsNoQuote) {
  EXPECT_NE(kind("can't read x, won't try"), kind("can't find y, won't try"));
  EXPECT_EQ(kind("can't open 'a'"), kind("can't open 'b c'"));
  EXPECT_EQ(kind("unclosed 'quote"), kind("unclosed 'quote"));
}

TEST(ErrorKind, PathsDoNotTellKindsApart) {
  EXPECT_EQ(kind("cannot read /data/a/0001.pgm: truncated"), kind("cannot read /b.pgm: truncated"));
  EXPECT_EQ(kind("no such file: ./data/x.pgm."), kind("no such file: s3://bucket/y."));
}

TEST(ErrorKind, OtherWordsAndCategoriesDo) {
  EXPECT_NE(kind("truncated header"), kind("truncated body"));
  EXPECT_NE(error_kind({"ValueError", "x", ""}), error_kind({"KeyError", "x", ""}));
  EXPECT_NE(error_kind({"E", "", ""}), error_kind({"", "E", ""}));
}

TEST(ErrorKind, AHugeMessageIsLookedAtInPart) {
  EXPECT_LT(kind(std::string(10 << 20, 'x')).size(), 600u);
  EXPECT_LT(kind(std::string(10 << 20, '\'')).size(), 1600u);
}

}  // namespace
}  // namespace prs
