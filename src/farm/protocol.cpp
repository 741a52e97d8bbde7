#include "farm/protocol.hpp"

#include <iterator>
#include <stdexcept>
#include <utility>

namespace prs::protocol {
namespace {

void put_numbers(FlatWriter& writer, const std::vector<std::uint64_t>& numbers) {
  writer.put(static_cast<std::uint32_t>(numbers.size()));
  for (const std::uint64_t number : numbers) writer.put(number);
}

std::vector<std::uint64_t> get_numbers(FlatReader& reader) {
  std::vector<std::uint64_t> numbers(reader.get_count(sizeof(std::uint64_t)));
  for (std::uint64_t& number : numbers) number = reader.get<std::uint64_t>();
  return numbers;
}

constexpr std::size_t text_bytes = sizeof(std::uint32_t);  ///< of an empty text
constexpr std::size_t task_bytes = 17 + text_bytes;        ///< of one without files or pieces
constexpr std::size_t outcome_bytes = 57;

void put_items(FlatWriter& writer, const FileItems& files) {
  writer.put(files.count()).put_text(files.bytes());
}

constexpr std::size_t piece_bytes = text_bytes + 19;  ///< of one without a path

void put_items(FlatWriter& writer, const TableItems& table) {
  writer.put(table.input).put(static_cast<std::uint32_t>(table.pieces.size()));
  for (const TablePiece& piece : table.pieces) {
    writer.put_text(piece.path).put(piece.begin).put(piece.end).put(piece.quote_state).put(piece.unit);
    writer.put(piece.is_of_first_file);
  }
}

/// Beside the kind of the items: values of partition keys come first.
constexpr std::uint8_t has_key_values = 0x80;

/// Which alternative the items are, the values of partition keys where there are any, and the items' own fields.
void put_task(FlatWriter& writer, const Task& task) {
  const auto kind = static_cast<std::uint8_t>(task.items.index());
  writer.put(task.mini_batch.value).put(task.dequeue_count);
  if (task.key_values.empty())
    writer.put(kind);
  else
    writer.put(static_cast<std::uint8_t>(kind | has_key_values)).put_text(task.key_values);
  std::visit([&writer](const auto& alternative) { put_items(writer, alternative); }, task.items);
}

FileItems get_files(FlatReader& reader) {
  const auto count = reader.get<std::uint32_t>();
  return FileItems(std::string(reader.get_text()), count);
}

TableItems get_table(FlatReader& reader) {
  TableItems table;
  table.input = reader.get<std::uint32_t>();
  table.pieces.resize(reader.get_count(piece_bytes));
  for (TablePiece& piece : table.pieces) {
    piece.path = reader.get_text();
    piece.begin = reader.get<std::uint64_t>();
    piece.end = reader.get<std::uint64_t>();
    piece.quote_state = reader.get<std::uint8_t>();
    piece.unit = reader.get<PieceUnit>();
    if (piece.unit > PieceUnit::loaded_rows)
      throw std::out_of_range("a piece of a table has a unit that there is none of");
    piece.is_of_first_file = reader.get<bool>();
  }
  return table;
}

MiniBatchItems get_items(FlatReader& reader, std::uint8_t kind) {
  static_assert(std::variant_size_v<MiniBatchItems> == 2);
  switch (kind) {
    case 0:
      return get_files(reader);
    case 1:
      return get_table(reader);
    default:
      throw std::out_of_range("a mini-batch is of a kind that there is none of");
  }
}

void get_task(FlatReader& reader, Task& task) {
  task.mini_batch.value = reader.get<std::uint64_t>();
  task.dequeue_count = reader.get<std::uint32_t>();
  const auto kind = reader.get<std::uint8_t>();
  if ((kind & has_key_values) != 0) {
    task.key_values = reader.get_text();
    if (task.key_values.empty() || task.key_values.back() != '\0')
      throw std::out_of_range("a value of a partition key does not end");
  }
  task.items = get_items(reader, static_cast<std::uint8_t>(kind & ~has_key_values));
}

/// Field by field: no padding travels.
void put_outcome(FlatWriter& writer, const Outcome& outcome) {
  writer.put(outcome.mini_batch.value).put(outcome.dequeue_count).put(outcome.status).put(outcome.items);
  writer.put(outcome.succeeded).put(outcome.rows).put(outcome.stretch.part).put(outcome.stretch.offset_bytes);
  writer.put(outcome.stretch.length_bytes).put(outcome.stretch.checksum);
}

Outcome get_outcome(FlatReader& reader) {
  Outcome outcome;
  outcome.mini_batch.value = reader.get<std::uint64_t>();
  outcome.dequeue_count = reader.get<std::uint32_t>();
  outcome.status = reader.get<TryStatus>();
  if (static_cast<std::size_t>(outcome.status) >= try_status_count)
    throw std::out_of_range("a try has a status that there is none of");
  outcome.items = reader.get<std::uint32_t>();
  outcome.succeeded = reader.get<std::uint32_t>();
  outcome.rows = reader.get<std::uint64_t>();
  outcome.stretch.part = reader.get<std::uint32_t>();
  outcome.stretch.offset_bytes = reader.get<std::uint64_t>();
  outcome.stretch.length_bytes = reader.get<std::uint64_t>();
  outcome.stretch.checksum = reader.get<std::uint64_t>();
  return outcome;
}

void put_failure(FlatWriter& writer, const Failure& failure) {
  writer.put_text(failure.category).put_text(failure.message).put_text(failure.detail);
}

Failure get_failure(FlatReader& reader) {
  Failure failure;
  failure.category = reader.get_text();
  failure.message = reader.get_text();
  failure.detail = reader.get_text();
  return failure;
}

}  // namespace

std::string to_bytes(const Start& start) {
  FlatWriter writer;
  writer.put_text(start.config).put(static_cast<std::uint32_t>(start.interpreter.command.size()));
  for (const std::string& word : start.interpreter.command) writer.put_text(word);
  writer.put_text(start.interpreter.version).put(start.start).put(start.first_part).put(start.mini_batches);
  writer.put_text(start.run_id).put_text(start.lease).put_text(start.table_schema);
  return std::move(writer.bytes());
}

Start start_of(std::string_view bytes) {
  FlatReader reader(bytes);
  Start start;
  start.config = reader.get_text();
  start.interpreter.command.resize(reader.get_count(text_bytes));
  for (std::string& word : start.interpreter.command) word = reader.get_text();
  start.interpreter.version = reader.get_text();
  start.start = reader.get<std::uint32_t>();
  start.first_part = reader.get<std::uint32_t>();
  start.mini_batches = reader.get<std::uint64_t>();
  start.run_id = reader.get_text();
  start.lease = reader.get_text();
  start.table_schema = reader.get_text();
  return start;
}

std::string to_bytes(const Work& work) {
  FlatWriter writer;
  writer.put(work.acknowledged);
  put_numbers(writer, work.dropped);
  put_numbers(writer, work.overruled);
  writer.put(static_cast<std::uint32_t>(work.tasks.size()));
  for (const Task& task : work.tasks) put_task(writer, task);
  return std::move(writer.bytes());
}

Work work_of(std::string_view bytes) {
  FlatReader reader(bytes);
  Work work;
  work.acknowledged = reader.get<std::uint64_t>();
  work.dropped = get_numbers(reader);
  work.overruled = get_numbers(reader);
  work.tasks.resize(reader.get_count(task_bytes));
  for (Task& task : work.tasks) get_task(reader, task);
  return work;
}

std::string to_bytes(const Leave& leave) {
  FlatWriter writer;
  writer.put(leave.status).put(leave.is_rank_lost).put(leave.is_at_once);
  put_numbers(writer, leave.hung);
  return std::move(writer.bytes());
}

Leave leave_of(std::string_view bytes) {
  FlatReader reader(bytes);
  Leave leave;
  leave.status = reader.get<ExitStatus>();
  leave.is_rank_lost = reader.get<bool>();
  leave.is_at_once = reader.get<bool>();
  leave.hung = get_numbers(reader);
  return leave;
}

std::string to_bytes(const Report& report) {
  FlatWriter writer;
  writer.put(report.credit).put(report.mean_run_nanoseconds).put(report.longest_run_nanoseconds);
  writer.put(report.disk_wait_nanoseconds);
  writer.put(static_cast<std::uint32_t>(report.outcomes.size()));
  for (const ReportedOutcome& reported : report.outcomes) {
    put_outcome(writer, reported.outcome);
    if (!reported.outcome.is_done())
      put_failure(writer, reported.failure);
    else
      writer.put_text(reported.columns);
  }
  return std::move(writer.bytes());
}

Report report_of(std::string_view bytes) {
  FlatReader reader(bytes);
  Report report;
  report.credit = reader.get<std::uint32_t>();
  report.mean_run_nanoseconds = reader.get<std::int64_t>();
  report.longest_run_nanoseconds = reader.get<std::int64_t>();
  report.disk_wait_nanoseconds = reader.get<std::int64_t>();
  report.outcomes.resize(reader.get_count(outcome_bytes + text_bytes));
  for (ReportedOutcome& reported : report.outcomes) {
    reported.outcome = get_outcome(reader);
    if (!reported.outcome.is_done())
      reported.failure = get_failure(reader);
    else
      reported.columns = reader.get_text();
  }
  return report;
}

std::string to_bytes(const std::vector<MiniBatchIndex>& mini_batches) {
  FlatWriter writer;
  for (const MiniBatchIndex mini_batch : mini_batches) writer.put(mini_batch);
  return std::move(writer.bytes());
}

std::vector<MiniBatchIndex> mini_batches_of(std::string_view bytes) {
  FlatReader reader(bytes);
  std::vector<MiniBatchIndex> mini_batches;
  while (!reader.is_at_end()) mini_batches.push_back(reader.get<MiniBatchIndex>());
  return mini_batches;
}

std::string to_bytes(const Assembled& assembled) {
  FlatWriter writer;
  writer.put(assembled.is_whole);
  return std::move(writer.bytes()) + to_bytes(assembled.damaged);
}

Assembled assembled_of(std::string_view bytes) {
  Assembled assembled;
  assembled.is_whole = FlatReader(bytes).get<bool>();
  assembled.damaged = mini_batches_of(bytes.substr(1));
  return assembled;
}

std::string to_bytes(const Failure& failure) {
  FlatWriter writer;
  put_failure(writer, failure);
  return std::move(writer.bytes());
}

Failure failure_of(std::string_view bytes) {
  FlatReader reader(bytes);
  return get_failure(reader);
}

}  // namespace prs::protocol
