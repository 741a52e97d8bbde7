#include "farm/parquet_output.hpp"

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

class ParquetOutput : public testing::Test {
 protected:
  /// Whether a file with these bytes is taken for the one made of the rows of layout 12.
  bool is_ours(const std::string& bytes) const {
    write_file_atomically(folder_.file("rows.parquet"), bytes);
    return is_parquet_file_of(folder_.file("rows.parquet"), 12);
  }
  const TemporaryFolder folder_;
};

TEST_F(ParquetOutput, IsKnownByTheMarkInItsFooter) {
  EXPECT_TRUE(is_ours("PAR1 columns prs_mpi.rows rows-12; PAR1"));
  EXPECT_TRUE(is_ours(std::string(20 << 20, 'x') + "rows-12; PAR1")) << "only its end is read";
}

TEST_F(ParquetOutput, OfOtherRowsOrCutShortIsNotTaken) {
  EXPECT_FALSE(is_ours("PAR1 columns prs_mpi.rows rows-123; PAR1"));
  EXPECT_FALSE(is_ours("PAR1 columns prs_mpi.rows rows-1; PAR1"));
  EXPECT_FALSE(is_ours("PAR1 columns prs_mpi.rows rows-12; "));
  EXPECT_FALSE(is_ours("PAR1"));
  EXPECT_FALSE(is_ours(""));
  EXPECT_THROW(is_parquet_file_of(folder_.file("absent"), 12), InfrastructureError);
}

TEST_F(ParquetOutput, IsAskedForByTheNameOfARunThatKeepsRows) {
  RunConfig config;
  config.parallel.append_row_file_name = "rows.PARQUET";
  EXPECT_TRUE(writes_parquet(config));
  config.parallel.output_action = OutputAction::summary_only;
  EXPECT_FALSE(writes_parquet(config));
  config.parallel.output_action = OutputAction::append_row;
  config.parallel.append_row_file_name = "rows.csv";
  EXPECT_FALSE(writes_parquet(config));
}

}  // namespace
}  // namespace prs
