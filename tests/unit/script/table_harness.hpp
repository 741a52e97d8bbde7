#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/unit/script/driver_harness.hpp"

namespace prs::test {

/// A ScriptDriver with a real loader and a real host, whose reader of tables is played: a DataFrame is the list of its
/// lines. A line that begins with "load:" is Python that runs while the DataFrame is made.
class TableHarness : public DriverHarness {
 public:
  explicit TableHarness(const std::string& script) : TableHarness(script, [](ScriptSettings&) {}) {}
  TableHarness(const std::string& script, const std::function<void(ScriptSettings&)>& change);

  /// The bytes [begin, end) of a file in the folder.
  Task piece(std::uint64_t index, const std::string& file, std::uint64_t begin, std::uint64_t end) const;
  void give_piece(std::uint64_t index, const std::string& file, std::uint64_t begin, std::uint64_t end) {
    give(piece(index, file, begin, end));
  }
  /// A file of its own with these lines, as one mini-batch.
  void give_lines(std::uint64_t index, const std::string& lines);
  /// The process that reads, or 0.
  int loader() const;
  /// Polls until there is one.
  int wait_for_loader();
};

/// The tables that this process holds in memory.
std::size_t tables_in_memory();
std::size_t open_descriptors();

}  // namespace prs::test
