#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/outcome.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// Where one whole line of a tries file lies, and which try it is of.
struct TryRowPlace {
  MiniBatchIndex mini_batch;
  std::uint32_t dequeue_count = 0;
  std::uint32_t file = 0;  ///< number in the list of files
  std::uint64_t offset_bytes = 0;
  std::uint32_t length_bytes = 0;
};

/// Goes through the workers' files (see try_rows.hpp) once, in order, in blocks, and reports every whole line; a torn
/// or foreign one is left out, a missing file skipped. Throws InfrastructureError.
void read_try_rows(const std::vector<std::string>& files, const std::function<void(const TryRowPlace&)>& on_row);

/// Finds again what single tries failed with: the ledger keeps one text of each kind, the tries files each try's own.
/// For failed_items.csv, rank 0's. Holds places, not texts, so its memory is a few words for each try that is wanted.
class TryTexts {
 public:
  /// `wanted`: last outcomes, in the order of their mini-batches. Of two lines for the same try the later one counts.
  TryTexts(std::vector<std::string> files, const std::vector<Outcome>& wanted);
  /// Category and message of a wanted try; nothing where its line is missing or tells of another end.
  std::optional<Failure> text_of(const Outcome& outcome);

 private:
  std::vector<TryRowPlace>::iterator place_of(MiniBatchIndex mini_batch);

  std::vector<std::string> files_;
  std::vector<TryRowPlace> places_;  ///< by mini-batch; length 0: not found
  std::vector<UniqueFd> open_;       ///< by file
  std::size_t opened_ = 0;
};

}  // namespace prs
