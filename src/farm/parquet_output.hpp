#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "farm/column_output.hpp"
#include "farm/protocol.hpp"
#include "output/final_folder.hpp"

namespace prs {

/// A folder of Parquet files of the run's rows, in order, which the workers have made (farm/worker_part_file). A start
/// goes on with those that an earlier one has made.
class ParquetOutput final : public ColumnOutput {
 public:
  ParquetOutput(const std::string& path, const Parts& parts) : parts_(parts), folder_(path, parts.lease.name()) {}
  std::optional<std::uint64_t> make(const Rows& rows) override;
  FileStamp finish(const std::optional<FileStamp>& replaceable) override { return folder_.finish(replaceable); }
  void remove_leftovers() const override { folder_.remove_leftovers(); }

 private:
  std::vector<protocol::PartFileToMake> begin(const Rows& rows);

  Parts parts_;
  FinalFolder folder_;
};

/// Kept in the footer: which file of which folder it is.
std::string mark_of(const protocol::PartFileToMake& file);
/// See is_column_output_of(). What has a dot in front of its name in the folder does not count.
bool is_parquet_output_of(const std::string& path, std::uint64_t layout);

}  // namespace prs
