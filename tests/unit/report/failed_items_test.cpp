#include "report/failed_items.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "csv_parser.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "test_support.hpp"

namespace prs {
namespace {

using testing::parse_csv;

TEST(FailedItems, RowsAreCsv) {
  const TemporaryFolder folder;
  FailedItemsWriter writer(folder.file("failed_items.csv"));
  writer.add({MiniBatchIndex{7}, "/data/a.pgm", 3, "ValueError", "bad digit, really"});
  writer.add({MiniBatchIndex{8}, "/data/say \"hi\".pgm", 1, "Timeout", ""});
  writer.finish();
  EXPECT_EQ(read_file(folder.file("failed_items.csv")),
            "Mini-batch Id,Item,Tries,Error Category,Error Message\n"
            "7,/data/a.pgm,3,ValueError,\"bad digit, really\"\n"
            "8,\"/data/say \"\"hi\"\".pgm\",1,Timeout,\n");
}

TEST(FailedItems, AnyByteInAPathSurvives) {
  const unsigned seed = testing::test_seed();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  std::vector<std::string> items;
  FailedItemsWriter writer(folder.file("f.csv"));
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  items.push_back(every_byte);
  for (int i = 0; i < 20000; ++i) items.push_back(testing::hostile_text(random, 20));
  for (const std::string& item : items) writer.add({MiniBatchIndex{1}, item, 1, "E", "two\nlines"});
  writer.finish();
  const auto records = parse_csv(read_file(folder.file("f.csv")));
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), items.size() + 1);
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ((*records)[i + 1].size(), 5u);
    ASSERT_EQ((*records)[i + 1][1], items[i]);
    ASSERT_EQ((*records)[i + 1][4], "two lines");
  }
}

TEST(FailedItems, NoFileWhereNothingFailed) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("f.csv"), "of an earlier start\n");
  write_file_atomically(folder.file("f.csv.part"), "of a killed start\n");
  FailedItemsWriter writer(folder.file("f.csv"));
  writer.finish();
  writer.finish();
  EXPECT_FALSE(std::filesystem::exists(folder.file("f.csv")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("f.csv.part")));
}

TEST(FailedItems, WithoutFinishAnOlderFileStaysAndNothingElse) {
  const TemporaryFolder folder;
  write_file_atomically(folder.file("f.csv"), "older\n");
  {
    FailedItemsWriter writer(folder.file("f.csv"));
    writer.add({MiniBatchIndex{1}, "x", 1, "E", "m"});
  }
  EXPECT_EQ(read_file(folder.file("f.csv")), "older\n");
  EXPECT_FALSE(std::filesystem::exists(folder.file("f.csv.part")));
}

TEST(FailedItems, FinishingTwiceKeepsTheFile) {
  const TemporaryFolder folder;
  FailedItemsWriter writer(folder.file("f.csv"));
  writer.add({MiniBatchIndex{1}, "x", 1, "E", "m"});
  writer.finish();
  writer.finish();
  EXPECT_TRUE(std::filesystem::exists(folder.file("f.csv")));
}

TEST(FailedItems, AFolderThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  FailedItemsWriter writer(folder.file("none/f.csv"));
  try {
    writer.add({MiniBatchIndex{1}, "x", 1, "E", "m"});
    FAIL() << "no error";
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("none/f.csv"), std::string::npos);
  }
}

}  // namespace
}  // namespace prs
