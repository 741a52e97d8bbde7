#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace prs {

/// Tells a segment of a ledger from every other one, whatever its name; 0: the file is too short.
std::uint64_t nonce_of_segment(const std::string& path);

/// Which segments a run's ledger had at one moment: what a start wrote after it is told from them, also where the start
/// deleted them and began anew (--overwrite). The launcher's. Writes nothing.
class LedgerBefore {
 public:
  /// Looks at once. `segment_path` is that of read_history().
  explicit LedgerBefore(std::function<std::string(std::uint32_t)> segment_path);
  /// A segment that was not there then shows progress (SegmentEnd). Throws InfrastructureError.
  bool has_progress_since() const;

 private:
  std::function<std::string(std::uint32_t)> segment_path_;
  std::vector<std::uint64_t> nonces_;
};

}  // namespace prs
