#include "support/flat_bytes.hpp"

#include <gtest/gtest.h>

namespace prs {

TEST(FlatBytes, ValuesAndTextsComeBackInOrder) {
  FlatWriter writer;
  writer.put(std::uint64_t{7}).put_text(std::string_view("a\0b", 3)).put(2.5).put_text("");
  FlatReader reader(writer.bytes());
  EXPECT_EQ(reader.get<std::uint64_t>(), 7U);
  EXPECT_EQ(reader.get_text(), std::string_view("a\0b", 3));
  EXPECT_EQ(reader.get<double>(), 2.5);
  EXPECT_EQ(reader.get_text(), "");
  EXPECT_TRUE(reader.is_at_end());
}

TEST(FlatBytes, ALengthThatGoesBeyondTheEndIsNoticed) {
  FlatWriter writer;
  writer.put(std::uint32_t{1000});
  FlatReader reader(writer.bytes());
  EXPECT_THROW(reader.get_text(), std::out_of_range);
}

TEST(FlatBytes, ACountThatTheBytesCannotHoldIsNoticed) {
  FlatWriter writer;
  writer.put(std::uint32_t{2}).put(std::uint64_t{0}).put(std::uint32_t{0});
  EXPECT_THROW(FlatReader(writer.bytes()).get_count(8), std::out_of_range);
  EXPECT_EQ(FlatReader(writer.bytes()).get_count(6), 2U);
}

TEST(FlatBytes, AFlagIsTrueOrFalseWhateverItsByte) {
  FlatReader reader(std::string_view("\0\1\2", 3));
  EXPECT_FALSE(reader.get<bool>());
  EXPECT_TRUE(reader.get<bool>());
  EXPECT_TRUE(reader.get<bool>());
}

}  // namespace prs
