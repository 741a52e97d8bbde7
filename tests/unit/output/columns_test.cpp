#include "output/columns.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(ColumnSettlement, TheFirstDataFrameSettlesAndTheSameColumnsPass) {
  ColumnSettlement columns;
  EXPECT_EQ(columns.settled(), "");
  EXPECT_FALSE(columns.check("a,b\n"));
  EXPECT_FALSE(columns.check("a,b\n"));
  EXPECT_EQ(columns.settled(), "a,b\n");
}

TEST(ColumnSettlement, TextRowsAreAlwaysFineAndSettleNothing) {
  ColumnSettlement columns;
  EXPECT_FALSE(columns.check(""));
  EXPECT_EQ(columns.settled(), "");
  EXPECT_FALSE(columns.check("a\n"));
  EXPECT_FALSE(columns.check(""));
}

TEST(ColumnSettlement, OtherColumnsFailTheTryWithBothNamed) {
  ColumnSettlement columns;
  columns.check("digit,label\n");
  for (const char* header : {"digit,name\n", "label,digit\n", "digit\n", "digit,label,more\n"}) {
    const auto failure = columns.check(header);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->category, "ColumnMismatch");
    EXPECT_NE(failure->message.find("[digit,label]"), std::string::npos);
    EXPECT_NE(failure->message.find("[" + std::string(header, std::string_view(header).size() - 1) + "]"),
              std::string::npos);
    EXPECT_EQ(failure->message.find('\n'), std::string::npos);
  }
  EXPECT_EQ(columns.settled(), "digit,label\n");
}

TEST(ColumnSettlement, OfWideTablesThePlaceThatDiffersIsShown) {
  std::string wide, other;
  for (int i = 0; i < 2000; ++i) {
    wide += "column" + std::to_string(i) + ",";
    other += (i == 1500 ? "Column" : "column") + std::to_string(i) + ",";
  }
  ColumnSettlement columns;
  columns.check(wide);
  const auto failure = columns.check(other);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find(",column1500,"), std::string::npos);
  EXPECT_NE(failure->message.find(",Column1500,"), std::string::npos);
  EXPECT_LT(failure->message.size(), 2000u);
}

TEST(ColumnSettlement, AnEarlierStartsColumnsAreRestored) {
  ColumnSettlement columns;
  columns.restore("a,b\n");
  EXPECT_EQ(columns.settled(), "a,b\n");
  EXPECT_FALSE(columns.check("a,b\n"));
  EXPECT_TRUE(columns.check("a,c\n"));
}

TEST(ColumnSettlement, AHeaderThatNoLedgerRecordHoldsFailsItsTry) {
  ColumnSettlement columns;
  EXPECT_TRUE(columns.check(std::string(longest_header_bytes + 1, 'c')));
  EXPECT_EQ(columns.settled(), "");
  EXPECT_FALSE(columns.check(std::string(longest_header_bytes, 'c')));
}

}  // namespace
}  // namespace prs
