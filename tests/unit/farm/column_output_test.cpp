#include "farm/column_output.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "output/part_files.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

constexpr const char* parquet = "rows.parquet";

class ColumnOutputTest : public testing::Test {
 protected:
  /// Whether a file with these bytes is taken for the one made of the rows of layout 12.
  bool is_ours(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_.file(name), bytes);
    return is_column_output_of(folder_.file(name), 12);
  }
  /// A folder of part files, of which each is whole and has this mark.
  std::string make_parts(const std::vector<std::string>& marks) const {
    const std::string path = folder_.file(parquet);
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
    for (std::size_t i = 0; i < marks.size(); ++i)
      write_file_atomically(part_file_path(path, i), "PAR1 columns prs_mpi.rows " + marks[i] + " PAR1");
    return path;
  }
  bool are_ours(const std::vector<std::string>& marks) const { return is_column_output_of(make_parts(marks), 12); }
  const TemporaryFolder folder_;
};

constexpr const char* hdf5 = "rows.H5";
const std::string hdf5_begin = "\x89HDF\r\n\x1a\n";

TEST_F(ColumnOutputTest, IsKnownByTheMarksInAllParquetFooters) {
  EXPECT_TRUE(are_ours({"rows-12;file-0-of-1;"}));
  EXPECT_TRUE(are_ours({"rows-12;file-0-of-2;", "rows-12;file-1-of-2;"}));
  EXPECT_TRUE(are_ours({std::string(20 << 20, 'x') + "rows-12;file-0-of-1;"})) << "only its end is read";
}

TEST_F(ColumnOutputTest, AFolderWithOtherFilesIsNotTaken) {
  EXPECT_FALSE(are_ours({}));
  EXPECT_FALSE(are_ours({"rows-12;file-0-of-2;"})) << "one is missing";
  EXPECT_FALSE(are_ours({"rows-12;file-1-of-2;", "rows-12;file-0-of-2;"}));
  EXPECT_FALSE(are_ours({"rows-12;file-0-of-2;", "rows-13;file-1-of-2;"}));
  const std::string path = make_parts({"rows-12;file-0-of-1;"});
  write_file_atomically(path + "/.hidden", "of a file manager");
  EXPECT_TRUE(is_column_output_of(path, 12));
  write_file_atomically(path + "/mine.parquet", "PAR1");
  EXPECT_FALSE(is_column_output_of(path, 12));
}

TEST_F(ColumnOutputTest, IsKnownByTheMarkNearTheBeginOfHdf5) {
  EXPECT_TRUE(is_ours(hdf5, hdf5_begin + "prs_mpi.rows rows-12;" + std::string(20 << 20, 'x')));
  EXPECT_FALSE(is_ours(hdf5, hdf5_begin + std::string(1 << 20, 'x') + "rows-12;")) << "this may be a cell of a row";
}

TEST_F(ColumnOutputTest, OfOtherRowsOrCutShortIsNotTaken) {
  EXPECT_FALSE(are_ours({"rows-123;file-0-of-1;"}));
  EXPECT_FALSE(are_ours({"rows-1;file-0-of-1;"}));
  EXPECT_FALSE(is_ours("file.parquet", "PAR1 columns prs_mpi.rows rows-12;file-0-of-1; PAR1")) << "no folder";
  write_file_atomically(part_file_path(make_parts({"rows-12;file-0-of-1;"}), 0), "rows-12;file-0-of-1; PAR");
  EXPECT_FALSE(is_column_output_of(folder_.file(parquet), 12));
  EXPECT_FALSE(is_ours(hdf5, hdf5_begin + "rows-123;"));
  EXPECT_FALSE(is_ours(hdf5, "rows-12;"));
  EXPECT_FALSE(is_ours(hdf5, "PAR1 rows-12; PAR1"));
  EXPECT_FALSE(is_ours(hdf5, ""));
  EXPECT_THROW(is_column_output_of(folder_.file("absent"), 12), InfrastructureError);
  EXPECT_THROW(is_column_output_of(folder_.file("absent.parquet"), 12), InfrastructureError);
}

TEST_F(ColumnOutputTest, IsAskedForByTheNameOfARunThatKeepsRows) {
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
