#include "report/try_rows.hpp"

#include <array>
#include <charconv>

#include "report/csv.hpp"
#include "report/printable.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t most_message_bytes = 1000;

/// The fixed-width part between two texts; large enough for any numbers.
class Numbers {
 public:
  void add(std::uint64_t number) { end_ = std::to_chars(end_, bytes_.data() + bytes_.size(), number).ptr; }
  void comma() { *end_++ = ','; }
  /// Microseconds, by integers: many times faster than printing a double.
  void add_seconds(double seconds) {
    constexpr double most = 1e12;                                                // 30 000 years
    const double bounded = seconds > 0 ? (seconds < most ? seconds : most) : 0;  // not a number: 0
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): it is never negative, and std::llround would be a call
    const auto microseconds = static_cast<std::uint64_t>(bounded * 1e6 + 0.5);
    add(microseconds / 1000000);
    *end_++ = '.';
    auto rest = static_cast<std::uint32_t>(microseconds % 1000000);
    for (int place = 5; place >= 0; --place, rest /= 10) end_[place] = static_cast<char>('0' + rest % 10);
    end_ += 6;
  }
  std::string_view text() const { return {bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data())}; }

 private:
  std::array<char, 160> bytes_;
  char* end_ = bytes_.data();
};

/// A process runs many mini-batches, so its start time is formatted once.
std::string_view start_time_text(std::int64_t unix_nanoseconds) {
  thread_local std::int64_t last = 0;
  thread_local std::string text;
  if (unix_nanoseconds == 0) return {};
  if (unix_nanoseconds != last) {
    text = utc_time(unix_nanoseconds, true);
    last = unix_nanoseconds;
  }
  return text;
}

void append_text_field(std::string& csv, std::string_view text) {
  if (!text.empty()) append_csv_field(csv, one_line(text, most_message_bytes));
}

}  // namespace

void name_items(TryRow& row, const MiniBatchItems& items) {
  ItemNames names = names_of(items);
  row.first_item = std::move(names.first);
  row.last_item = std::move(names.last);
}

std::string_view try_row_header() {
  return "Mini-batch Id,Picked Count,Process,Process Start Time,Total,Succeeded,Failed,Elapsed Seconds,"
         "Process Seconds,Run Method Seconds,Status,Error Category,Error Message,Mini-batch Detail\n";
}

void append_try_row(std::string& csv, const TryRow& row) {
  const Outcome& outcome = row.outcome;
  Numbers id;
  id.add(outcome.mini_batch.value);
  id.comma();
  id.add(outcome.dequeue_count);
  id.comma();
  csv.append(id.text());
  append_csv_field(csv, row.process);
  csv += ',';
  csv.append(start_time_text(row.process_started_unix_nanoseconds));

  Numbers counts;
  counts.comma();
  counts.add(outcome.items);
  counts.comma();
  counts.add(outcome.succeeded);
  counts.comma();
  counts.add(outcome.items > outcome.succeeded ? outcome.items - outcome.succeeded : 0);
  for (const double seconds : {row.elapsed_seconds, row.process_seconds, row.run_seconds}) {
    counts.comma();
    if (row.is_measured) counts.add_seconds(seconds);
  }
  counts.comma();
  csv.append(counts.text());
  csv.append(name_of(outcome.status)) += ',';
  append_text_field(csv, row.error_category);
  csv += ',';
  append_text_field(csv, row.error_message);
  csv += ',';
  append_detail_field(csv, row.first_item, row.last_item, outcome.items);
  if (row.ended_unix_microseconds > 0) {
    Numbers end;
    end.comma();
    end.add(static_cast<std::uint64_t>(row.ended_unix_microseconds));
    csv.append(end.text());
  }
  csv += '\n';
}

}  // namespace prs
