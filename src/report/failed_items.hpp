#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/ids.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// The category of a mini-batch that is done and whose run() returned fewer rows than items: all its items are listed.
inline constexpr std::string_view short_return_category = "ShortReturn";

/// One row of failed_items.csv (rule 5.7).
struct FailedItem {
  MiniBatchIndex mini_batch;
  std::string_view item;  ///< path; any byte in it survives
  std::uint32_t tries = 0;
  std::string_view category, message;
};

/// Writes failed_items.csv row by row, in the order they come; makes no file where no row was added. Atomic: the rows
/// gather beside the file until finish(), which alone replaces an older one. Throws InfrastructureError.
class FailedItemsWriter {
 public:
  explicit FailedItemsWriter(std::string path);
  ~FailedItemsWriter();  ///< without finish() nothing is left, and an older file stays
  FailedItemsWriter(const FailedItemsWriter&) = delete;
  FailedItemsWriter& operator=(const FailedItemsWriter&) = delete;
  void add(const FailedItem& item);
  void finish();  ///< removes an older file of that name where nothing failed; nothing is added after it

 private:
  void flush();

  std::string path_, beside_;
  UniqueFd file_;
  std::string buffer_;
  bool is_finished_ = false;
};

}  // namespace prs
