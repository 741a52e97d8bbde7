#include "script/loader_wire.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "support/flat_bytes.hpp"

namespace prs {
namespace {

constexpr std::size_t piece_bytes = 22;       ///< of one without a path
constexpr std::size_t piece_size_bytes = 25;  ///< of one without a header
constexpr std::size_t longest_text_bytes = 64 << 10;

nlohmann::json json_of(const TableOptions& options) {
  return {{"format", options.format},
          {"delimiter", static_cast<int>(options.delimiter)},
          {"encoding", options.encoding},
          {"header", options.header},
          {"support_multi_line", options.support_multi_line},
          {"empty_as_string", options.empty_as_string},
          {"include_path_column", options.include_path_column},
          {"columns", options.columns},
          {"dropped_columns", options.dropped_columns},
          {"dtypes", options.dtypes},
          {"on_type_error", options.on_type_error},
          {"dataset", options.dataset}};
}

TableOptions options_of(const nlohmann::json& json) {
  TableOptions options;
  json.at("format").get_to(options.format);
  options.delimiter = static_cast<char>(json.at("delimiter").get<int>());
  json.at("encoding").get_to(options.encoding);
  json.at("header").get_to(options.header);
  json.at("support_multi_line").get_to(options.support_multi_line);
  json.at("empty_as_string").get_to(options.empty_as_string);
  json.at("include_path_column").get_to(options.include_path_column);
  json.at("columns").get_to(options.columns);
  json.at("dropped_columns").get_to(options.dropped_columns);
  json.at("dtypes").get_to(options.dtypes);
  json.at("on_type_error").get_to(options.on_type_error);
  json.at("dataset").get_to(options.dataset);
  return options;
}

void require_end(const FlatReader& reader) {
  if (!reader.is_at_end()) throw std::out_of_range("a frame goes on behind its end");
}

}  // namespace

std::string loader_setup_bytes(const std::vector<TableOptions>& inputs) {
  nlohmann::json setup = nlohmann::json::array();
  for (const TableOptions& input : inputs) setup.push_back(json_of(input));
  return setup.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<TableOptions> inputs_of_loader_setup(std::string_view payload) {
  std::vector<TableOptions> inputs;
  for (const nlohmann::json& input : nlohmann::json::parse(payload)) inputs.push_back(options_of(input));
  return inputs;
}

std::string load_bytes(const TableItems& items) {
  FlatWriter writer;
  writer.put(items.input).put(static_cast<std::uint32_t>(items.pieces.size()));
  for (const TablePiece& piece : items.pieces)
    writer.put_text(piece.path).put(piece.begin).put(piece.end).put(piece.quote_state).put(piece.is_of_first_file);
  return std::move(writer.bytes());
}

TableItems items_of_load(std::string_view payload) {
  FlatReader reader(payload);
  TableItems items;
  items.input = reader.get<std::uint32_t>();
  items.pieces.resize(reader.get_count(piece_bytes));
  for (TablePiece& piece : items.pieces) {
    piece.path = reader.get_text();
    piece.begin = reader.get<std::uint64_t>();
    piece.end = reader.get<std::uint64_t>();
    piece.quote_state = reader.get<std::uint8_t>();
    const auto is_of_first_file = reader.get<std::uint8_t>();
    if (is_of_first_file > 1) throw std::out_of_range("a piece is of the first file, or it is not");
    piece.is_of_first_file = is_of_first_file == 1;
  }
  require_end(reader);
  return items;
}

std::string scan_bytes(const QuoteScanOrder& order) {
  return FlatWriter().put(order.step_bytes).put_bytes(load_bytes(order.items)).bytes();
}

QuoteScanOrder order_of_scan(std::string_view payload) {
  QuoteScanOrder order;
  FlatReader reader(payload);
  order.step_bytes = reader.get<std::uint64_t>();
  order.items = items_of_load(payload.substr(sizeof order.step_bytes));
  return order;
}

std::string loaded_bytes(const LoadedSize& size) {
  FlatWriter writer;
  writer.put(size.items).put(size.bytes).put(static_cast<std::uint32_t>(size.pieces.size()));
  for (const PieceSize& piece : size.pieces)
    writer.put(piece.items).put(piece.bytes).put(piece.begin).put(piece.traits).put_text(piece.header);
  return std::move(writer.bytes());
}

LoadedSize size_of_loaded(std::string_view payload) {
  FlatReader reader(payload);
  LoadedSize size;
  size.items = reader.get<std::uint32_t>();
  size.bytes = reader.get<std::uint64_t>();
  size.pieces.resize(reader.get_count(piece_size_bytes));
  for (PieceSize& piece : size.pieces) {
    piece.items = reader.get<std::uint32_t>();
    piece.bytes = reader.get<std::uint64_t>();
    piece.begin = reader.get<std::uint64_t>();
    piece.traits = reader.get<std::uint8_t>();
    piece.header = reader.get_text();
  }
  require_end(reader);
  return size;
}

std::string described_bytes(const DescribedTable& table) {
  FlatWriter writer;
  writer.put(table.rows).put(table.bytes_per_row).put(table.chunk_rows).put_text(table.layout);
  return std::move(writer.bytes());
}

DescribedTable table_of_described(std::string_view payload) {
  FlatReader reader(payload);
  DescribedTable table;
  for (std::uint64_t* number : {&table.rows, &table.bytes_per_row, &table.chunk_rows})
    *number = reader.get<std::uint64_t>();
  table.layout = reader.get_text();
  require_end(reader);
  return table;
}

std::string load_failed_bytes(const Failure& failure) {
  FlatWriter writer;
  for (const std::string* text : {&failure.category, &failure.message, &failure.detail})
    writer.put_text(std::string_view(*text).substr(0, longest_text_bytes));
  return std::move(writer.bytes());
}

Failure failure_of_load(std::string_view payload) {
  FlatReader reader(payload);
  Failure failure;
  for (std::string* text : {&failure.category, &failure.message, &failure.detail}) *text = reader.get_text();
  require_end(reader);
  return failure;
}

}  // namespace prs
