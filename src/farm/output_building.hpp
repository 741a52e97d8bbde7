#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "farm/column_output.hpp"
#include "farm/disk_work.hpp"
#include "farm/master.hpp"
#include "ledger/history.hpp"
#include "output/assembly.hpp"
#include "output/final_file.hpp"
#include "output/run_lease.hpp"
#include "script/interpreter.hpp"

namespace prs {

/// The output file: begun, or gone on with where an earlier start was ended, put together by the workers, and named.
/// Every step has its record in the ledger, so that the next start can go on from it. Columns are made of what the
/// workers have put together, beside it.
class OutputBuilding {
 public:
  struct Parts {
    const RunConfig& config;
    const RunFolder& folder;
    RunLease& lease;
    Master& master;
    DiskWork& disk;
    const Interpreter& interpreter;
    std::optional<FileStamp> earlier_output;  ///< this run's own: it may be replaced
  };
  explicit OutputBuilding(const Parts& parts);

  /// The first line of the output; empty: there is none.
  std::string header_line(const History& history) const;
  /// Puts the output file together; the mini-batches whose rows are damaged. Empty without a word when something went
  /// wrong that the master's ending says.
  std::vector<MiniBatchIndex> assemble(const History& history, const AssemblyLayout& layout);
  /// Gives the file its name, where there is one (rule 5.1). From now on nothing is left to interrupt.
  void finish(std::uint64_t total_bytes, std::uint64_t layout);
  /// Its path, once it has its name.
  const std::string& output_file() const { return output_file_; }

 private:
  /// The output of an earlier start is what this one would write.
  bool is_output_there(const History& history, const AssemblyLayout& layout) const;
  bool can_go_on_with(const History::Building& building, const AssemblyLayout& layout) const;
  /// Begins the file, or goes on with one that an earlier start began: what of it is written.
  ByteRanges begin(const History& history, const AssemblyLayout& layout);
  /// False: it is not there any more, or no good.
  bool take_over(const History::Building& building, const AssemblyLayout& layout, const std::string& header);
  void begin_new(const AssemblyLayout& layout, const std::string& header);

  Parts parts_;
  FinalFile file_;                         ///< what the workers write
  std::unique_ptr<ColumnOutput> columns_;  ///< what is made of it and gets the name, where that is something else
  std::string output_file_;
};

}  // namespace prs
