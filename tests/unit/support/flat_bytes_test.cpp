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

TEST(FlatBytes, NumbersAreLittleEndianAndAsWideAsTheirType) {
  enum class Kind : std::uint8_t { other = 9 };
  FlatWriter writer;
  writer.put(std::uint32_t{0x01020304}).put(std::int64_t{-2}).put(Kind::other).put(true).put(1.0).put_bytes("ab");
  EXPECT_EQ(writer.bytes(),
            std::string("\4\3\2\1\xfe\xff\xff\xff\xff\xff\xff\xff\x09\1\0\0\0\0\0\0\xf0\x3f", 22) + "ab");
  FlatReader reader(writer.bytes());
  EXPECT_EQ(reader.get<std::uint32_t>(), 0x01020304U);
  EXPECT_EQ(reader.get<std::int64_t>(), -2);
  EXPECT_EQ(reader.get<Kind>(), Kind::other);
  EXPECT_TRUE(reader.get<bool>());
  EXPECT_EQ(reader.get<double>(), 1.0);
  EXPECT_EQ(reader.take(2), "ab");
  EXPECT_THROW(reader.get<std::uint8_t>(), std::out_of_range);
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
