#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/shared_path.hpp"
#include "cluster/world.hpp"

namespace prs {

/// What one rank says of itself and of its host at the start. All ranks get all of them, in one collective call.
struct RankReport {
  std::string version;  ///< of the program; of another one only the host's name is known beside it
  Place place;
  std::uint32_t script_cores = 0;   ///< on which its script may run; 0: unknown
  std::uint32_t host_cores = 0;     ///< that the job may use on this host; 0: unknown
  std::uint64_t open_files = 0;     ///< the limit
  std::uint64_t free_bytes = 0;     ///< in the temporary folder
  std::int64_t clock_ahead_ns = 0;  ///< of rank 0's clock
  std::vector<Sight> sights = {};   ///< of rank 0's paths; empty: another rank of this host looks
};

/// Of this process: cores, limits, room. Place, clock and sights are left to who knows them.
RankReport report_of_this_process(const std::string& version);

/// Flat bytes; the version and the host's name come first and can be read by every version.
std::string to_bytes(const RankReport& report);
/// `own_version`: of another one only the version and the host's name are read.
RankReport rank_report_of(std::string_view bytes, const std::string& own_version);

}  // namespace prs
