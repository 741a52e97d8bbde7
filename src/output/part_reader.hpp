#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/outcome.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Reads stretches out of many parts, whose stretches are asked for in mostly rising order in each. Used by write_share
/// only. A part that is missing, foreign, short or unreadable gives no bytes and is no error; the caller verifies what
/// it gets. Memory (64 MiB) and open files are bounded, however many parts there are.
class PartReader {
 public:
  /// `parts`: how many different ones will be asked for.
  PartReader(std::function<std::string(std::uint32_t)> part_path, std::size_t parts);
  ~PartReader();
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  /// The bytes of a small stretch, through a window; they stand until the next call.
  std::optional<std::string_view> view(const Stretch& stretch);
  /// Fills the whole buffer from there on, past the windows; false where the part cannot.
  bool read(std::uint32_t part, std::uint64_t offset_bytes, std::span<char> buffer);

 private:
  struct Window;
  struct Part;
  Part& part_of(std::uint32_t number);
  bool open(Part& part);
  bool close_oldest();
  Window& window_for(Part& part, std::uint64_t offset_bytes);
  void make_room(Window& window, std::size_t bytes);

  std::function<std::string(std::uint32_t)> part_path_;
  std::size_t largest_window_bytes_;
  std::size_t most_open_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Part>> parts_;
  Part* latest_ = nullptr;      ///< asked for last, likely next
  std::deque<Part*> open_;      ///< with an open file, oldest first
  std::deque<Window*> loaded_;  ///< with memory, oldest first
  std::size_t window_memory_bytes_ = 0;
};

}  // namespace prs
