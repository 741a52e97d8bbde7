#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/run_folder.hpp"

namespace prs {

/// What earlier starts have left in a run folder. Rank 0's, which holds the lease.

/// One more than the highest number that a segment of the ledger has.
std::uint32_t next_start(const RunFolder& folder);
/// One more than the highest number that a part, or a file of tries, has.
std::uint32_t next_part(const RunFolder& folder);

/// A worker's own file of its tries.
struct TriesFile {
  std::uint32_t part = 0;  ///< the worker's part in its start
  std::string path;
};
/// Of all starts, in their order. A start that was killed early may have left gaps between the numbers.
std::vector<TriesFile> tries_files_of(const RunFolder& folder);
std::vector<std::string> tries_paths_of(const RunFolder& folder);

/// Makes the folders that a start writes in, where they are missing.
void make_folders_of(const RunFolder& folder);

/// Deletes all that a run leaves in its folder, and nothing else; but the lease, which is this start's. Throws
/// InfrastructureError.
void delete_earlier_run(const RunFolder& folder, const std::string& output_file);

}  // namespace prs
