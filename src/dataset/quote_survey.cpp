#include "dataset/quote_survey.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dataset/quote_scan.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

// One share takes some tens of milliseconds where the file is in memory: long beside the way there and back. Its answer
// fits into one frame of the loader.
constexpr std::uint64_t most_bytes = 64 << 20;
constexpr std::uint64_t most_steps = 1 << 16;
constexpr std::size_t most_pieces = 1024;

}  // namespace

QuoteSurvey::QuoteSurvey(TablePlan& plan, std::optional<MiniBatchIndex> only) : plan_(plan) {
  for (TablePlan::QuotedFile file : plan_.quoted_files()) {
    if (only) {
      if (only->value <= file.first_mini_batch || only->value - file.first_mini_batch >= file.mini_batches) continue;
      file.mini_batches = only->value - file.first_mini_batch + 1;
    }
    cut(file);
  }
  if (pieces_.size() > share_begins_.back()) share_begins_.push_back(pieces_.size());
  answers_.resize(shares());
}

/// What is behind the first byte of its last mini-batch says nothing about another one.
void QuoteSurvey::cut(const TablePlan::QuotedFile& file) {
  const std::uint64_t step = step_bytes(), file_end = (file.mini_batches - 1) * step;
  const std::uint32_t input = std::get<TableItems>(plan_.items_of(MiniBatchIndex{file.first_mini_batch})).input;
  for (Piece piece{file.first_mini_batch, 0, 0}; piece.end < file_end;) {
    piece.begin = piece.end;
    const std::uint64_t whole_steps = std::min(most_bytes / step, most_steps) * step;
    const std::uint64_t room = whole_steps > 0 ? whole_steps : std::min(most_bytes, step - piece.begin % step);
    piece.end = piece.begin + std::min(room, file_end - piece.begin);
    add(piece, input);
  }
}

/// To the last share, where that has room.
void QuoteSurvey::add(const Piece& piece, std::uint32_t input) {
  const std::uint64_t bytes = piece.end - piece.begin, steps = bytes / step_bytes() + 1;
  const std::size_t pieces = pieces_.size() - share_begins_.back();
  const bool has_room = open_.input == input && open_.bytes + bytes <= most_bytes &&
                        open_.steps + steps <= most_steps && pieces < most_pieces;
  if (pieces > 0 && !has_room) {
    share_begins_.push_back(pieces_.size());
    open_ = {};
  }
  pieces_.push_back(piece);
  open_ = {input, open_.bytes + bytes, open_.steps + steps};
  bytes_ += bytes;
}

TablePiece QuoteSurvey::table_piece(const Piece& piece) const {
  TableItems first = std::get<TableItems>(plan_.items_of(MiniBatchIndex{piece.first_mini_batch}));
  return {std::move(first.pieces.front().path), piece.begin, piece.end, 0};
}

TableItems QuoteSurvey::share(std::size_t index) const {
  const Piece& first = pieces_[share_begins_[index]];
  TableItems items{std::get<TableItems>(plan_.items_of(MiniBatchIndex{first.first_mini_batch})).input, {}};
  for (std::size_t i = share_begins_[index]; i < share_begins_[index + 1]; ++i)
    items.pieces.push_back(table_piece(pieces_[i]));
  return items;
}

std::uint64_t QuoteSurvey::bytes_of(std::size_t share) const {
  std::uint64_t bytes = 0;
  for (std::size_t i = share_begins_[share]; i < share_begins_[share + 1]; ++i)
    bytes += pieces_[i].end - pieces_[i].begin;
  return bytes;
}

std::string QuoteSurvey::take(std::size_t index, std::string_view scanned) {
  PRS_INVARIANT(index >= next_ && !answers_.at(index));
  ScannedPieces found;
  try {
    found = scanned_pieces_of(scanned);
  } catch (const std::out_of_range& error) {
    found.problem = error.what();
  }
  const std::string problem = found.problem;
  found.steps.resize(share_begins_[index + 1] - share_begins_[index]);
  answers_[index] = std::move(found.steps);
  taken_bytes_ += bytes_of(index);
  for (; next_ < shares() && answers_[next_]; ++next_) {
    const ShareSteps steps = std::move(*answers_[next_]);
    answers_[next_] = ShareSteps();
    for (std::size_t i = 0; i < steps.size(); ++i) set_states(pieces_[share_begins_[next_] + i], steps[i]);
  }
  return problem;
}

/// The piece begins where the last one ended, or with its file.
void QuoteSurvey::set_states(const Piece& piece, const std::vector<RecordTransition>& steps) {
  const std::uint64_t step = step_bytes(), first_step = piece.begin / step;
  if (piece.begin == 0) state_ = RecordState::record_start;
  const std::uint64_t count = step_count(piece.begin, piece.end, step);
  if (steps.size() != count) state_.reset();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (state_) state_ = steps[static_cast<std::size_t>(i)].after(*state_);
    const bool is_cut_here = i + 1 < count || piece.end % step == 0;
    if (!is_cut_here) continue;
    has_unknown_ = has_unknown_ || !state_;
    plan_.set_quote_state(MiniBatchIndex{piece.first_mini_batch + first_step + i + 1},
                          state_ ? static_cast<std::uint8_t>(*state_) : unknown_quote_state);
  }
}

std::unique_ptr<QuoteSurvey> quote_survey_of(Plan& plan, std::optional<MiniBatchIndex> only) {
  auto* const tables = dynamic_cast<TablePlan*>(&plan);
  if (!tables) return nullptr;
  auto survey = std::make_unique<QuoteSurvey>(*tables, only);
  return survey->is_over() ? nullptr : std::move(survey);
}

}  // namespace prs
