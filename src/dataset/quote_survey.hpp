#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/record_transition.hpp"
#include "dataset/table_plan.hpp"
#include "model/mini_batch_items.hpp"

namespace prs {

/// Where line breaks may stand in quotes, only the quotes before a place tell where a record begins (rule 3.3). This
/// finds the state at the first byte of each mini-batch: it cuts the files into shares that anybody may scan, in any
/// order, and takes what was found (scan_quotes); a prefix scan over that gives the states. Rank 0's. Reads no file.
class QuoteSurvey {
 public:
  /// The states go into the plan. `only`: of the mini-batches, just this one matters.
  explicit QuoteSurvey(TablePlan& plan, std::optional<MiniBatchIndex> only = std::nullopt);

  TablePlan& plan() const { return plan_; }
  std::size_t shares() const { return share_begins_.size() - 1; }
  /// Pieces of files of one input.
  TableItems share(std::size_t index) const;
  /// As scan_quotes wants it.
  std::uint64_t step_bytes() const { return plan_.mini_batch_bytes(); }
  /// ScannedPieces of a share, each once. What of it could not be read, for the log; empty: nothing.
  std::string take(std::size_t index, std::string_view scanned);

  /// All states are in the plan.
  bool is_over() const { return next_ == shares(); }
  /// Some file could not be read: what follows there has unknown_quote_state.
  bool has_unknown() const { return has_unknown_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t taken_bytes() const { return taken_bytes_; }

 private:
  struct Piece {
    std::uint64_t first_mini_batch = 0;  ///< of its file
    std::uint64_t begin = 0, end = 0;    ///< in the file
  };
  void cut(const TablePlan::QuotedFile& file);
  void add(const Piece& piece, std::uint32_t input);
  TablePiece table_piece(const Piece& piece) const;
  std::uint64_t bytes_of(std::size_t share) const;
  void set_states(const Piece& piece, const std::vector<RecordTransition>& steps);

  TablePlan& plan_;
  std::vector<Piece> pieces_;
  std::vector<std::size_t> share_begins_{0};  ///< in the pieces; the last one is their end
  struct OpenShare {
    std::uint32_t input = 0;
    std::uint64_t bytes = 0, steps = 0;
  } open_;  ///< what the last share has got while the files are cut
  using ShareSteps = std::vector<std::vector<RecordTransition>>;
  std::vector<std::optional<ShareSteps>> answers_;  ///< by share; nothing is in them any more after their turn
  std::size_t next_ = 0;                            ///< the first share whose answer is missing
  std::optional<RecordState> state_;                ///< behind the last piece; none: it cannot be known
  bool has_unknown_ = false;
  std::uint64_t bytes_ = 0, taken_bytes_ = 0;
};

/// None where a plan, of whatever kind, has nothing of this to be found out. `only` as for the survey.
std::unique_ptr<QuoteSurvey> quote_survey_of(Plan& plan, std::optional<MiniBatchIndex> only = std::nullopt);

}  // namespace prs
