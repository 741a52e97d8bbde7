#include <cmath>

#include "hdf5_reading.hpp"

namespace prs::test {
namespace {

using Hdf5TableTest = Hdf5FileTest;

const std::vector<Person> people = {
    {31, "Anna", "Oslo", 1, 1.5}, {-4, "Bo", "", 0, -0.0}, {77, "Cäsar", "Zürich", 1, 2}};
const Hdf5Storage compressed{{4}, 6, true, true};
const Hdf5Storage compressed_texts{{4}, 6, true, false};  // a checksum over texts of any length does not exist

TEST_F(Hdf5TableTest, TheDatasetsOfAGroupAreTheColumns) {
  Hdf5Writer& writer = new_file();
  writer.group("/people");
  writer.numbers("/people/b", {1, 2, 3}, compressed);
  writer.texts("/people/a", {"", "zwei", "三"}, compressed_texts);
  writer.group("/people/notes");
  writer.numbers("/other", {7});
  const Hdf5Table people_table = table("people");
  EXPECT_EQ(people_table.description().kind, Hdf5Kind::table);
  EXPECT_EQ(people_table.description().rows, 3u);
  EXPECT_EQ(people_table.description().columns, (std::vector<Hdf5Column>{{"a", "str", {}}, {"b", "<i8", {}}}));
  const ReadRows rows = all_rows(people_table);
  EXPECT_EQ(rows.texts("a"), (std::vector<std::string>{"", "zwei", "三"}));
  EXPECT_EQ(rows.values<std::int64_t>("b"), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(Hdf5TableTest, TheOrderOfCreationIsTheOrderOfColumns) {
  Hdf5Writer& writer = new_file();
  writer.group("/t", true);
  for (const char* name : {"/t/z", "/t/a", "/t/m"}) writer.numbers(name, {1});
  EXPECT_EQ(column_names(table("/t")), (std::vector<std::string>{"z", "a", "m"}));
}

TEST_F(Hdf5TableTest, WithoutANameTheRootGroupIsTheTableOrTheOnlyDatasetIs) {
  new_file().numbers("/b", {1, 2});
  writer().numbers("/a", {3, 4});
  EXPECT_EQ(table().description().dataset, "/");
  EXPECT_EQ(column_names(table()), (std::vector<std::string>{"a", "b"}));
  new_file().group("/deep");
  writer().group("/deep/down");
  write_people(writer(), "/deep/down/people", people);
  EXPECT_EQ(table().description().dataset, "/deep/down/people");
  new_file().group("/deep");
  writer().numbers("/deep/x", {5});
  EXPECT_EQ(column_names(table()), std::vector<std::string>{"x"});
}

TEST_F(Hdf5TableTest, TheMembersOfACompoundAreTheColumns) {
  Hdf5Writer& writer = new_file();
  write_people(writer, "/people", people, compressed_texts);
  const Hdf5Table read = table("/people");
  EXPECT_EQ(read.description().columns, (std::vector<Hdf5Column>{{"age", "<i4", {}},
                                                                 {"name", "|S8", {}},
                                                                 {"city", "str", {}},
                                                                 {"is_member", "|b1", {}},
                                                                 {"height", "<f8", {}}}));
  const ReadRows rows = all_rows(read);
  EXPECT_EQ(rows.values<std::int32_t>("age"), (std::vector<std::int32_t>{31, -4, 77}));
  EXPECT_EQ(rows.texts("city"), (std::vector<std::string>{"Oslo", "", "Zürich"}));
  EXPECT_EQ(rows.values<char>("is_member"), (std::vector<char>{1, 0, 1}));
  EXPECT_EQ(rows.values<double>("height"), (std::vector<double>{1.5, -0.0, 2}));
  const std::vector<char> names = rows.values<char>("name");
  EXPECT_EQ(std::string(names.begin(), names.end()), std::string("Anna\0\0\0\0Bo\0\0\0\0\0\0Cäsar\0\0", 24));
}

TEST_F(Hdf5TableTest, EveryNumberTypeOfEitherByteOrderComesInThisMachines) {
  const std::vector<std::pair<hid_t, std::string>> types = {
      {H5T_STD_I8LE, "|i1"},   {H5T_STD_I16BE, "<i2"},  {H5T_STD_I32LE, "<i4"},  {H5T_STD_I64BE, "<i8"},
      {H5T_STD_U8BE, "|u1"},   {H5T_STD_U16LE, "<u2"},  {H5T_STD_U32BE, "<u4"},  {H5T_STD_U64LE, "<u8"},
      {H5T_STD_I16LE, "<i2"},  {H5T_STD_U64BE, "<u8"},  {H5T_IEEE_F32LE, "<f4"}, {H5T_IEEE_F32BE, "<f4"},
      {H5T_IEEE_F64LE, "<f8"}, {H5T_IEEE_F64BE, "<f8"}, {H5T_STD_I32BE, "<i4"},  {H5T_STD_U32LE, "<u4"}};
  const std::vector<double> values = {0, 1, 117, 5};
  Hdf5Writer& writer = new_file();
  for (std::size_t i = 0; i < types.size(); ++i)
    writer.dataset("c" + std::to_string(i), types[i].first, H5T_NATIVE_DOUBLE, {values.size()}, values.data());
  const Hdf5Table read = table();
  const ReadRows rows = all_rows(read);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    EXPECT_EQ(rows.column(name)["dtype"], types[i].second);
    const std::size_t width = static_cast<std::size_t>(types[i].second[2] - '0');
    const std::vector<char> bytes = rows.values<char>(name);
    ASSERT_EQ(bytes.size(), values.size() * width);
    for (std::size_t row = 0; row < values.size(); ++row) {
      const char* const at = bytes.data() + row * width;
      float single = 0;
      double number = 0;
      if (types[i].second == "<f4")
        std::memcpy(&single, at, width), number = single;
      else if (types[i].second == "<f8")
        std::memcpy(&number, at, width);
      else
        for (std::size_t place = 0; place < width; ++place)
          number += static_cast<unsigned char>(at[place]) * std::pow(256.0, static_cast<double>(place));
      EXPECT_EQ(number, values[row]) << name << " " << types[i].second;
    }
  }
}

TEST_F(Hdf5TableTest, HalfFloatsEnumsAndComplexNumbersHaveNumpysTypes) {
  Hdf5Writer& writer = new_file();
  const Hdf5Handle half(H5Tcopy(H5T_IEEE_F32BE), H5Tclose);
  H5Tset_fields(half.get(), 15, 10, 5, 0, 10);
  H5Tset_size(half.get(), 2);
  H5Tset_ebias(half.get(), 15);
  const float halves[] = {1.0F, -2.0F};
  writer.dataset("half", half.get(), H5T_NATIVE_FLOAT, {2}, halves);
  const Hdf5Handle colour(H5Tenum_create(H5T_STD_U16BE), H5Tclose);
  const std::uint16_t red_in_file = 0x0201;  // 258 in the other order
  H5Tenum_insert(colour.get(), "RED", &red_in_file);
  const std::uint16_t reds[] = {red_in_file, red_in_file};
  writer.dataset("colour", colour.get(), colour.get(), {2}, reds);
  const Hdf5Handle complex(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
  H5Tinsert(complex.get(), "r", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(complex.get(), "i", 8, H5T_NATIVE_DOUBLE);
  const double values[] = {1, 2, 3, 4};
  writer.dataset("wave", complex.get(), complex.get(), {2}, values);
  const ReadRows rows = all_rows(table());
  EXPECT_EQ(rows.column("half")["dtype"], "<f2");
  EXPECT_EQ(rows.values<std::uint16_t>("half"), (std::vector<std::uint16_t>{0x3c00, 0xc000}));
  EXPECT_EQ(rows.column("colour")["dtype"], "<u2");
  EXPECT_EQ(rows.values<std::uint16_t>("colour"), (std::vector<std::uint16_t>{258, 258}));
  EXPECT_EQ(rows.column("wave")["dtype"], "<c16");
  EXPECT_EQ(rows.values<double>("wave"), (std::vector<double>{1, 2, 3, 4}));
}

TEST_F(Hdf5TableTest, ADatasetOfSeveralDimensionsIsAnArrayOfRows) {
  Hdf5Writer& writer = new_file();
  std::vector<std::int16_t> values(std::size_t{7} * 3 * 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int16_t>(i);
  writer.dataset("images", H5T_STD_I16BE, H5T_NATIVE_INT16, {7, 3, 2}, values.data(), {{2, 2, 2}, 1, true, true});
  const Hdf5Table read = table();
  EXPECT_EQ(read.description().kind, Hdf5Kind::array);
  EXPECT_EQ(read.description().rows, 7u);
  EXPECT_EQ(read.description().columns, (std::vector<Hdf5Column>{{"", "<i2", {3, 2}}}));
  const ReadRows rows(read, 2, 6);
  EXPECT_EQ(rows.values<std::int16_t>(""), std::vector<std::int16_t>(values.begin() + 12, values.begin() + 36));
}

TEST_F(Hdf5TableTest, EveryRangeOfRowsIsThatRangeOfEveryColumn) {
  Hdf5Writer& writer = new_file();
  const std::size_t count = 11;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back(std::string(i % 4, 'x') + std::to_string(i));
  const std::vector<std::int64_t> numbers = numbers_from(100, count);
  writer.texts("/text", texts, compressed_texts);
  writer.numbers("/number", numbers, compressed);
  const Hdf5Table read = table();
  for (std::size_t begin = 0; begin <= count; ++begin)
    for (std::size_t end = begin; end <= count; ++end) {
      const ReadRows rows(read, begin, end);
      EXPECT_EQ(rows.texts("text"), std::vector<std::string>(texts.begin() + begin, texts.begin() + end));
      EXPECT_EQ(rows.values<std::int64_t>("number"),
                std::vector<std::int64_t>(numbers.begin() + begin, numbers.begin() + end));
    }
}

TEST_F(Hdf5TableTest, MoreRowsThanAreReadAtOnceKeepTheirOrder) {
  Hdf5Writer& writer = new_file();
  std::vector<Person> many;
  for (std::int32_t i = 0; i < 100'000; ++i)
    many.push_back({i, "", i % 2 == 0 ? "even" : "odd", static_cast<signed char>(i % 3 == 0), i / 2.0});
  write_people(writer, "/many", many, {{30'000}, 1, true, false});
  const ReadRows rows(table(), 5, 100'000);
  const std::vector<std::int32_t> ages = rows.values<std::int32_t>("age");
  const std::vector<double> heights = rows.values<double>("height");
  const std::vector<std::string> cities = rows.texts("city");
  ASSERT_EQ(ages.size(), 99'995u);
  for (std::size_t row = 0; row < ages.size(); ++row) {
    ASSERT_EQ(ages[row], static_cast<std::int32_t>(row + 5));
    ASSERT_EQ(heights[row], static_cast<double>(row + 5) / 2.0);
    ASSERT_EQ(cities[row], (row + 5) % 2 == 0 ? "even" : "odd");
  }
}

TEST_F(Hdf5TableTest, ATableMayHaveNoRows) {
  Hdf5Writer& writer = new_file();
  writer.numbers("/n", {});
  writer.texts("/t", {});
  const Hdf5Table read = table();
  EXPECT_EQ(read.description().rows, 0u);
  EXPECT_EQ(all_rows(read).texts("t"), std::vector<std::string>());
  EXPECT_EQ(read.row_size().bytes, 24u);
}

TEST_F(Hdf5TableTest, OnlyWantedColumnsAreRead) {
  Hdf5Writer& writer = new_file();
  writer.numbers("/a", {1});
  writer.numbers("/b", {2});
  writer.dataset("/link", H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, {1}, nullptr);
  EXPECT_EQ(column_names(table("/", {"b"})), std::vector<std::string>{"b"});
  EXPECT_EQ(column_names(table("/", {}, {"link"})), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(column_names(table("/", {"a", "b"}, {"a"})), std::vector<std::string>{"b"});
}

TEST_F(Hdf5TableTest, TheSizeOfARowCountsItsTextsByTheFirstOnes) {
  Hdf5Writer& writer = new_file();
  writer.numbers("/n", numbers_from(0, 500), {{100}, 0, false, false});
  writer.texts("/t", std::vector<std::string>(500, "0123456789"));
  const Hdf5RowSize size = table().row_size();
  EXPECT_EQ(size.bytes, 8u + 16u + 10u);
  EXPECT_EQ(size.chunk_rows, 100u);
}

TEST_F(Hdf5TableTest, AByteThatIsNoBooleanBecomesOne) {
  Hdf5Writer& writer = new_file();
  const signed char bytes[] = {0, 1, 7, -1};
  const Hdf5Handle yes_no = Hdf5Writer::bool_type();
  writer.dataset("/b", yes_no.get(), yes_no.get(), {4}, bytes);
  EXPECT_EQ(all_rows(table()).values<char>("b"), (std::vector<char>{0, 1, 1, 1}));
}

}  // namespace
}  // namespace prs::test
