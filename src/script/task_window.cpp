#include "script/task_window.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "support/errors.hpp"

namespace prs {
namespace {

/// The recall needs the order of stores and loads that x86 gives to the host's plain Python stores. Elsewhere the host
/// holds one task at a time, and nothing is ever recalled.
#if defined(__x86_64__)
constexpr bool can_recall = true;
#else
constexpr bool can_recall = false;
#endif

constexpr std::size_t full_frame_bytes = 1 << 20;

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  out.append(bytes.data(), bytes.size());
}

/// `bytes`: of what stands behind it.
void append_header(std::string& out, const HeldTask& held, std::size_t bytes) {
  static_assert(task_header_bytes == 2 * sizeof(std::uint64_t) + 3 * sizeof(std::uint32_t));
  PRS_INVARIANT(bytes <= UINT32_MAX);
  append_number<std::uint64_t>(out, held.sequence);
  append_number<std::uint64_t>(out, held.task.mini_batch.value);
  append_number<std::uint32_t>(out, held.task.dequeue_count - 1);
  append_number<std::uint32_t>(out, held.items());
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(bytes));
}

/// A TaskHeader and the texts (host_wire.hpp).
void append_files(std::string& out, const HeldTask& held) {
  const std::string& paths = std::get<FileItems>(held.task.items).bytes();
  append_header(out, held, held.task.key_values.size() + paths.size());
  out += held.task.key_values;
  out += paths;
}

void append_piece(std::string& out, const std::string& path, const PieceSize& size) {
  static_assert(table_piece_bytes == 2 * sizeof(std::uint64_t) + 4 * sizeof(std::uint32_t));
  append_number<std::uint64_t>(out, size.bytes);
  append_number<std::uint64_t>(out, size.begin);
  append_number<std::uint32_t>(out, size.items);
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(path.size()));
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(size.header.size()));
  append_number<std::uint32_t>(out, size.traits);
  out += path;
  out += size.header;
}

void append_table(std::string& out, const HeldTask& held, const LoadedTable& loaded) {
  static_assert(table_header_bytes == 2 * sizeof(std::uint32_t));
  const TableItems& table = std::get<TableItems>(held.task.items);
  PRS_INVARIANT(table.pieces.size() == loaded.size.pieces.size());
  std::string pieces;
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < table.pieces.size(); ++i) {
    if (loaded.size.pieces[i].bytes == 0) continue;
    append_piece(pieces, table.pieces[i].path, loaded.size.pieces[i]);
    ++count;
  }
  append_header(out, held, table_header_bytes + pieces.size() + held.task.key_values.size());
  append_number<std::uint32_t>(out, table.input);
  append_number<std::uint32_t>(out, count);
  out += pieces;
  out += held.task.key_values;
}

/// Rows that the host reads itself.
void append_rows(std::string& out, const HeldTask& held) {
  static_assert(rows_piece_bytes == 2 * sizeof(std::uint64_t) + sizeof(std::uint32_t));
  const TableItems& table = std::get<TableItems>(held.task.items);
  std::size_t bytes = table_header_bytes + held.task.key_values.size();
  for (const TablePiece& piece : table.pieces) bytes += rows_piece_bytes + piece.path.size();
  append_header(out, held, bytes);
  append_number<std::uint32_t>(out, table.input);
  append_number<std::uint32_t>(out, static_cast<std::uint32_t>(table.pieces.size()));
  for (const TablePiece& piece : table.pieces) {
    append_number<std::uint64_t>(out, piece.begin);
    append_number<std::uint64_t>(out, piece.end);
    append_number<std::uint32_t>(out, static_cast<std::uint32_t>(piece.path.size()));
    out += piece.path;
  }
  out += held.task.key_values;
}

/// A loader reads it, before the host gets it.
bool is_to_be_read_ahead(const Task& task) {
  const auto* const table = std::get_if<TableItems>(&task.items);
  PRS_INVARIANT(table == nullptr || !table->pieces.empty());
  return table != nullptr && table->pieces.front().unit != PieceUnit::rows;
}

bool is_of_files(const HeldTask& held) {
  return std::holds_alternative<FileItems>(held.task.items);
}

const LoadedTable* loaded_table_of(const HeldTask& held) {
  return held.load ? std::get_if<LoadedTable>(held.load.get()) : nullptr;
}

bool can_be_sent(const HeldTask& held) {
  return !held.load || (loaded_table_of(held) != nullptr && loaded_table_of(held)->size.items > 0);
}

bool is_unrunnable(const HeldTask& held) {
  if (const LoadedTable* const table = loaded_table_of(held)) return table->size.items == 0;
  return held.load && std::holds_alternative<FailedLoad>(*held.load);
}

bool is_to_be_loaded(const HeldTask& held) {
  return held.load && std::holds_alternative<LoadNotAsked>(*held.load);
}

/// What its load takes in memory. Before it is there: of text its size in the file; of rows so much that no more are
/// read ahead than are needed.
std::uint64_t bytes_of(const HeldTask& held) {
  if (const LoadedTable* const table = loaded_table_of(held)) return table->size.bytes;
  std::uint64_t bytes = 0;
  for (const TablePiece& piece : std::get<TableItems>(held.task.items).pieces)
    bytes += piece.unit == PieceUnit::bytes ? piece.end - piece.begin : std::uint64_t{1} << 40;
  return bytes;
}

}  // namespace

std::uint32_t HeldTask::items() const {
  const LoadedTable* const table = loaded_table_of(*this);
  return table != nullptr ? table->size.items : item_count(task.items);
}

void TaskWindow::give(Task task, TimePoint now) {
  PRS_INVARIANT(task.dequeue_count >= 1);
  ++given_;
  const bool is_loaded = is_to_be_read_ahead(task);
  has_loads_ = has_loads_ || is_loaded;
  waiting_.push_back({0, std::move(task), now, is_loaded ? std::make_unique<TableLoad>() : nullptr});
}

void TaskWindow::set_size(std::size_t tasks) {
  size_ = can_recall ? std::max<std::size_t>(tasks, 1) : 1;
}

std::optional<std::size_t> TaskWindow::place_of(std::uint64_t sequence) const {
  if (sent_.empty()) return std::nullopt;
  const std::size_t place = sequence - sent_.front().sequence;
  if (place >= sent_.size() || sent_[place].sequence != sequence) return std::nullopt;
  return place;
}

std::size_t TaskWindow::sendable() const {
  const std::size_t most_held = careful_ > 0 ? 1 : size_;
  // Only when half of the window is free: fewer, larger frames.
  if (waiting_.empty() || sent_.size() > most_held / 2 || recall_to_ != 0) return 0;
  std::size_t most = std::min(most_held - sent_.size(), waiting_.size());
  if (most_per_host_ != 0) most = std::min<std::size_t>(most, most_per_host_ - std::min(most_per_host_, sent_to_host_));
  if (!has_loads_) return most;
  std::size_t count = 0;
  while (count < most && can_be_sent(waiting_[count])) ++count;
  return count;
}

TaskFrame TaskWindow::next_frame(std::size_t& count) {
  payload_.clear();
  if (waiting_.front().load) {
    const HeldTask& held = send_next();
    --count;
    const LoadedTable& table = *loaded_table_of(held);
    append_table(payload_, held, table);
    return {FrameType::table, payload_, table.memory.get()};
  }
  if (!is_of_files(waiting_.front())) {
    append_rows(payload_, send_next());
    --count;
    return {FrameType::rows, payload_};
  }
  append_number<std::uint32_t>(payload_, 0);
  std::uint32_t in_frame = 0;
  for (; count > 0 && payload_.size() < full_frame_bytes && is_of_files(waiting_.front()); --count, ++in_frame)
    append_files(payload_, send_next());
  std::memcpy(payload_.data(), &in_frame, sizeof in_frame);
  return {FrameType::tasks, payload_};
}

const HeldTask& TaskWindow::send_next() {
  sent_.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  ++sent_to_host_;
  sent_.back().sequence = next_sequence_++;
  return sent_.back();
}

std::vector<Task> TaskWindow::take_back(std::size_t keep, ResultRing* ring) {
  std::vector<Task> back;
  while (held() > keep && !waiting_.empty()) {
    back.push_back(std::move(waiting_.back().task));
    waiting_.pop_back();
  }
  if (can_recall && sent_.size() > keep && ring != nullptr && recall_to_ == 0) recall(keep, *ring, back);
  taken_ += back.size();
  return back;
}

/// What lies in the host's queue comes back only if it is certain that the host has not started it. One recall at a
/// time: until the host has confirmed it nothing new is sent, so the range of a recall never meets a later task.
void TaskWindow::recall(std::size_t keep, ResultRing& ring, std::vector<Task>& back) {
  recall_from_ = sent_[keep].sequence;
  recall_to_ = next_sequence_;
  const RunningNow running = ring.recall(recall_from_, recall_to_);
  while (!sent_.empty() && sent_.back().sequence >= recall_from_ && sent_.back().sequence > running.sequence) {
    back.push_back(std::move(sent_.back().task));
    sent_.pop_back();
  }
}

/// Where it was not certain that the host had not started the task, it was kept; then it is sent again.
bool TaskWindow::accept_returned(std::uint64_t sequence) {
  if (recall_to_ == 0 || sequence < recall_from_ || sequence >= recall_to_) return false;
  if (sent_to_host_ > 0) --sent_to_host_;
  if (!sent_.empty() && sent_.front().sequence == sequence) {
    waiting_.push_front(std::move(sent_.front()));
    sent_.pop_front();
  } else if (place_of(sequence)) {
    return false;
  }
  if (sequence + 1 == recall_to_) recall_to_ = 0;
  return true;
}

HeldTask TaskWindow::end(std::size_t place) {
  HeldTask held = std::move(sent_.at(place));
  sent_.erase(sent_.begin() + static_cast<std::ptrdiff_t>(place));
  if (held.sequence + 1 >= recall_to_) recall_to_ = 0;
  ++ended_;
  careful_ -= std::min<std::size_t>(careful_, 1);
  return held;
}

/// What was asked for or loaded stands before what was not: loads are asked for in order, and what comes back from a
/// host goes to the front.
TaskWindow::Loads TaskWindow::loads() {
  Loads loads;
  const auto add = [&loads](const HeldTask& held) {
    if (!held.load) return;
    ++loads.count;
    loads.bytes += bytes_of(held);
  };
  for (const HeldTask& held : sent_) add(held);
  for (HeldTask& held : waiting_) {
    if (is_to_be_loaded(held)) {
      loads.next = &held;
      break;
    }
    add(held);
  }
  return loads;
}

HeldTask* TaskWindow::find_load(std::uint64_t number) {
  for (HeldTask& held : waiting_) {
    const auto* const asked = held.load ? std::get_if<LoadAsked>(held.load.get()) : nullptr;
    if (asked != nullptr && asked->number == number) return &held;
  }
  return nullptr;
}

std::vector<HeldTask> TaskWindow::take_unrunnable() {
  std::vector<HeldTask> taken;
  if (!has_loads_) return taken;
  for (auto held = waiting_.begin(); held != waiting_.end() && !is_to_be_loaded(*held);) {
    if (!is_unrunnable(*held)) {
      ++held;
      continue;
    }
    taken.push_back(std::move(*held));
    held = waiting_.erase(held);
  }
  ended_ += taken.size();
  return taken;
}

void TaskWindow::host_is_gone() {
  for (; !sent_.empty(); sent_.pop_back()) waiting_.push_front(std::move(sent_.back()));
  sent_to_host_ = 0;
  recall_to_ = 0;
}

}  // namespace prs
