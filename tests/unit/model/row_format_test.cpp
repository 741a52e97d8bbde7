#include "model/row_format.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(RowFormat, IsToldByTheEnding) {
  EXPECT_EQ(row_format_of("a.csv"), RowFormat::csv);
  EXPECT_EQ(row_format_of("a.TSV"), RowFormat::tsv);
  EXPECT_EQ(row_format_of("a.jsonl"), RowFormat::jsonl);
  EXPECT_EQ(row_format_of("a.Parquet"), RowFormat::parquet);
  EXPECT_EQ(row_format_of("a.H5"), RowFormat::hdf5);
  EXPECT_EQ(row_format_of("parallel_run_step.txt"), RowFormat::text);
  EXPECT_EQ(row_format_of("csv"), RowFormat::text);
  EXPECT_EQ(row_format_of("a.dat"), RowFormat::text);
  EXPECT_EQ(row_format_of("a.csvx"), RowFormat::text);
  EXPECT_EQ(row_format_of(""), RowFormat::text);
}

TEST(RowFormat, SaysWhetherThereIsAHeader) {
  EXPECT_TRUE(has_header_by_default("a.csv"));
  EXPECT_TRUE(has_header_by_default("a.tsv"));
  EXPECT_TRUE(has_header_by_default("a.parquet"));
  EXPECT_TRUE(has_header_by_default("a.h5"));
  EXPECT_FALSE(has_header_by_default("a.CSV")) << "as it was when runs were begun that may go on";
  EXPECT_FALSE(has_header_by_default("a.jsonl"));
  EXPECT_FALSE(has_header_by_default("a.txt"));
  EXPECT_FALSE(has_header_by_default("csv"));
}

}  // namespace
}  // namespace prs
