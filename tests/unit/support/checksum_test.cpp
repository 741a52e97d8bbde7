#include "support/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace prs {
namespace {

TEST(Crc32, IsThatOfZlibAndPython) {
  EXPECT_EQ(crc32_of(""), 0u);
  EXPECT_EQ(crc32_of("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32_of("", 4096), 4096u);
  EXPECT_EQ(crc32_of("The quick brown fox jumps over the lazy dog", 0xfedcba98u), 0xfffc4c99u);
}

TEST(Crc32, GoesOnFromAnyCut) {
  const std::string text = "rows of a mini-batch, of no round length";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32_of(text.substr(cut), crc32_of(text.substr(0, cut))), crc32_of(text)) << cut;
}

}  // namespace
}  // namespace prs
