#include "farm/column_output.hpp"

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

class ColumnOutput : public testing::Test {
 protected:
  /// Whether a file with these bytes is taken for the one made of the rows of layout 12.
  bool is_ours(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_.file(name), bytes);
    return is_column_file_of(folder_.file(name), 12);
  }
  const TemporaryFolder folder_;
};

constexpr const char* parquet = "rows.parquet";
constexpr const char* hdf5 = "rows.H5";
const std::string hdf5_begin = "\x89HDF\r\n\x1a\n";

TEST_F(ColumnOutput, IsKnownByTheMarkInAParquetFooter) {
  EXPECT_TRUE(is_ours(parquet, "PAR1 columns prs_mpi.rows rows-12; PAR1"));
  EXPECT_TRUE(is_ours(parquet, std::string(20 << 20, 'x') + "rows-12; PAR1")) << "only its end is read";
}

TEST_F(ColumnOutput, IsKnownByTheMarkNearTheBeginOfHdf5) {
  EXPECT_TRUE(is_ours(hdf5, hdf5_begin + "prs_mpi.rows rows-12;" + std::string(20 << 20, 'x')));
  EXPECT_FALSE(is_ours(hdf5, hdf5_begin + std::string(1 << 20, 'x') + "rows-12;")) << "this may be a cell of a row";
}

TEST_F(ColumnOutput, OfOtherRowsOrCutShortIsNotTaken) {
  EXPECT_FALSE(is_ours(parquet, "PAR1 columns prs_mpi.rows rows-123; PAR1"));
  EXPECT_FALSE(is_ours(parquet, "PAR1 columns prs_mpi.rows rows-1; PAR1"));
  EXPECT_FALSE(is_ours(parquet, "PAR1 columns prs_mpi.rows rows-12; "));
  EXPECT_FALSE(is_ours(parquet, "PAR1"));
  EXPECT_FALSE(is_ours(parquet, hdf5_begin + "rows-12;"));
  EXPECT_FALSE(is_ours(hdf5, hdf5_begin + "rows-123;"));
  EXPECT_FALSE(is_ours(hdf5, "rows-12;"));
  EXPECT_FALSE(is_ours(hdf5, "PAR1 rows-12; PAR1"));
  EXPECT_FALSE(is_ours(hdf5, ""));
  EXPECT_THROW(is_column_file_of(folder_.file("absent"), 12), InfrastructureError);
}

TEST_F(ColumnOutput, IsAskedForByTheNameOfARunThatKeepsRows) {
  RunConfig config;
  for (const char* name : {"rows.PARQUET", "rows.h5"}) {
    config.parallel.append_row_file_name = name;
    config.parallel.output_action = OutputAction::append_row;
    EXPECT_TRUE(writes_columns(config));
    config.parallel.output_action = OutputAction::summary_only;
    EXPECT_FALSE(writes_columns(config));
  }
  config.parallel.output_action = OutputAction::append_row;
  config.parallel.append_row_file_name = "rows.csv";
  EXPECT_FALSE(writes_columns(config));
}

}  // namespace
}  // namespace prs
