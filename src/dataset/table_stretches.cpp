#include "dataset/table_stretches.hpp"

#include <algorithm>
#include <compare>
#include <utility>

namespace prs {
namespace {

// The beginning of the run is read whole, which is all of a small table; the rest in places.
constexpr std::size_t most_stretches_at_the_beginning = 64;
constexpr std::uint64_t most_stretches_spread = 16;
constexpr std::uint64_t first_bytes = 1 << 20;
constexpr std::uint64_t later_bytes = 256 << 10;

bool is_of_rows(const TablePiece& piece) {
  return piece.unit != PieceUnit::bytes;
}

bool is_unreadable(const TablePiece& piece) {
  return is_of_rows(piece) && piece.end == 0;
}

/// One piece of one mini-batch.
struct Place {
  std::uint64_t index = 0;
  std::size_t piece = 0;
  auto operator<=>(const Place&) const = default;
};

/// The mini-batches of a plan of tables. It keeps one: some have very many files.
class Tables {
 public:
  explicit Tables(const Plan& plan) : plan_(plan), count_(plan.mini_batch_count()) {}

  std::uint64_t count() const { return count_; }
  const TableItems& at(std::uint64_t index) {
    if (kept_ != index) items_ = std::get<TableItems>(plan_.items_of(MiniBatchIndex{index}));
    kept_ = index;
    return items_;
  }
  const TablePiece& piece_at(const Place& place) { return at(place.index).pieces[place.piece]; }
  Place behind(const Place& place) {
    return place.piece + 1 < at(place.index).pieces.size() ? Place{place.index, place.piece + 1}
                                                           : Place{place.index + 1, 0};
  }
  /// The mini-batch behind those that follow in the file of this one and begin before `end_bytes`.
  std::uint64_t behind_file(std::uint64_t index, std::uint64_t end_bytes);

 private:
  const Plan& plan_;
  const std::uint64_t count_;
  std::uint64_t kept_ = UINT64_MAX;
  TableItems items_;
};

std::uint64_t Tables::behind_file(std::uint64_t index, std::uint64_t end_bytes) {
  const TableItems first = at(index);
  if (first.pieces.size() > 1) return index + 1;
  const auto is_of_file = [&](std::uint64_t other) {
    const TableItems& items = at(other);
    const TablePiece& piece = items.pieces.front();
    return items.input == first.input && piece.path == first.pieces.front().path && piece.begin < end_bytes &&
           piece.begin > first.pieces.front().begin;
  };
  // In steps that double: most files have few mini-batches.
  std::uint64_t last = index, behind = count_;
  for (std::uint64_t step = 1; last + step < behind; step *= 2)
    if (is_of_file(last + step))
      last += step;
    else
      behind = last + step;
  while (behind - last > 1) {
    const std::uint64_t middle = last + (behind - last) / 2;
    (is_of_file(middle) ? last : behind) = middle;
  }
  return behind;
}

/// Where each input begins in the plan: it never goes back to an earlier one.
std::vector<std::uint64_t> first_mini_batches(Tables& tables) {
  std::vector<std::uint64_t> firsts;
  for (std::uint64_t at = 0; at < tables.count();) {
    firsts.push_back(at);
    const std::uint32_t input = tables.at(at).input;
    std::uint64_t end = tables.count();
    for (std::uint64_t begin = at + 1; begin < end;) {
      const std::uint64_t middle = begin + (end - begin) / 2;
      const bool is_before_end = tables.at(middle).input == input;
      (is_before_end ? begin : end) = middle + (is_before_end ? 1 : 0);
    }
    at = end;
  }
  return firsts;
}

/// Of each input the first piece that can be read, or its last one.
std::vector<Place> first_readable_places(Tables& tables) {
  std::vector<Place> places;
  for (const std::uint64_t index : first_mini_batches(tables)) {
    Place place{index, 0};
    for (const std::uint32_t input = tables.at(index).input; is_unreadable(tables.piece_at(place));) {
      const Place next = tables.behind(place);
      if (next.index == tables.count() || tables.at(next.index).input != input) break;
      place = next;
    }
    places.push_back(place);
  }
  return places;
}

/// Evenly over the mini-batches, and over the files within them.
std::vector<Place> spread_places(Tables& tables) {
  std::vector<Place> places;
  for (std::uint64_t i = 1; i <= most_stretches_spread; ++i) {
    const std::uint64_t index = i * (tables.count() - 1) / most_stretches_spread;
    places.push_back({index, i * (tables.at(index).pieces.size() - 1) / most_stretches_spread});
  }
  return places;
}

/// What is read at once: of one file, what stands before `next`.
struct Stretch {
  TableItems items;
  Place next;
};

/// From the beginning of a piece on, over the mini-batches that follow it in its file: the types of a table must not
/// depend on how small its mini-batches are. Where a record can begin only the whole file tells with line breaks in
/// quotes, so the file's own beginning is taken then, for all of it. Of rows, too, the whole file is taken: its footer
/// tells.
Stretch stretch_of(Tables& tables, const Place& place, const std::vector<TableOptions>& inputs,
                   std::uint64_t most_bytes) {
  Stretch stretch{{tables.at(place.index).input, {tables.piece_at(place)}}, tables.behind(place)};
  TablePiece& piece = stretch.items.pieces.front();
  const bool is_beginning = is_of_rows(piece) || inputs.at(stretch.items.input).support_multi_line;
  const std::uint64_t end = piece.begin + most_bytes;
  if (stretch.next.piece == 0) stretch.next.index = tables.behind_file(place.index, is_beginning ? UINT64_MAX : end);
  if (is_of_rows(piece)) return stretch;
  if (stretch.next.index > place.index + 1) piece.end = tables.at(stretch.next.index - 1).pieces.front().end;
  piece.end = std::min(piece.end, end);
  if (!is_beginning) return stretch;
  piece.begin = 0;
  piece.end = std::min(piece.end, most_bytes);
  piece.quote_state = 0;
  return stretch;
}

}  // namespace

std::vector<TableItems> stretches_of(const Plan& plan, const std::vector<TableOptions>& inputs) {
  Tables tables(plan);
  std::vector<TableItems> stretches;
  Place next;
  const auto take = [&](const Place& place, std::uint64_t most_bytes) {
    Stretch stretch = stretch_of(tables, place, inputs, most_bytes);
    next = stretch.next;
    const TablePiece& piece = stretch.items.pieces.front();
    const std::uint64_t bytes = is_of_rows(piece) ? 0 : piece.end - piece.begin;
    if (!is_unreadable(piece)) stretches.push_back(std::move(stretch.items));
    return bytes;
  };
  std::size_t taken = 0;
  for (std::uint64_t bytes = 0;
       next.index < tables.count() && bytes < first_bytes && taken < most_stretches_at_the_beginning; ++taken)
    bytes += take(next, first_bytes - bytes);
  std::vector<Place> places = first_readable_places(tables);
  for (const Place& place : spread_places(tables)) places.push_back(place);
  std::sort(places.begin(), places.end());
  for (const Place& place : places)
    if (place >= next) take(place, later_bytes);
  return stretches;
}

void for_each_table_file(const Plan& plan, const std::function<bool(std::uint32_t, const TablePiece&)>& on_file) {
  Tables tables(plan);
  for (std::uint64_t index = 0; index < tables.count(); index = tables.behind_file(index, UINT64_MAX))
    for (std::size_t piece = 0; piece < tables.at(index).pieces.size(); ++piece)
      if (const TableItems& items = tables.at(index); !on_file(items.input, items.pieces[piece])) return;
}

std::optional<TablePiece> first_file_of(const Plan& plan, std::uint32_t input) {
  Tables tables(plan);
  for (const std::uint64_t first : first_mini_batches(tables))
    for (Place place{first, 0}; place.index < tables.count() && tables.at(place.index).input == input;
         place = tables.behind(place))
      if (tables.piece_at(place).is_of_first_file) return tables.piece_at(place);
  return std::nullopt;
}

}  // namespace prs
