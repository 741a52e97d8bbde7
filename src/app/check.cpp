#include "app/check.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/plan_doubts.hpp"
#include "app/preparation.hpp"
#include "farm/host_settings.hpp"
#include "farm/table_schema.hpp"
#include "report/printable.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

using Json = nlohmann::ordered_json;

/// The first and the last ones.
std::vector<MiniBatchIndex> shown_of(const Plan& plan) {
  constexpr std::uint64_t first = 3, last = 1;
  const std::uint64_t count = plan.mini_batch_count();
  std::vector<MiniBatchIndex> shown;
  for (std::uint64_t i = 0; i < count; ++i)
    if (i < first || i + last >= count)
      shown.push_back({i});
    else
      i = count - last - 1;
  return shown;
}

/// Nobody has counted the rows of text.
bool is_counted(const MiniBatchItems& items) {
  const auto* table = std::get_if<TableItems>(&items);
  const auto is_text = [](const TablePiece& piece) { return piece.unit == PieceUnit::bytes; };
  return !table || std::none_of(table->pieces.begin(), table->pieces.end(), is_text);
}

/// "5 items"; of text "2 pieces of files".
std::string content_of(const MiniBatchItems& items) {
  if (is_counted(items)) return counted(item_count(items), "item", "items");
  return counted(std::get<TableItems>(items).pieces.size(), "piece of a file", "pieces of files");
}

/// "digits, 5 items: /data/1.png ... /data/5.png"
std::string text_of(const Plan& plan, MiniBatchIndex mini_batch) {
  const MiniBatchItems items = plan.items_of(mini_batch);
  const ItemNames names = names_of(items);
  return plan.input_name_of(mini_batch) + ", " + content_of(items) + ": " + names.first +
         (names.last.empty() ? "" : " ... " + names.last);
}

Json json_of(const Plan& plan, MiniBatchIndex mini_batch) {
  const MiniBatchItems items = plan.items_of(mini_batch);
  const ItemNames names = names_of(items);
  const auto* table = std::get_if<TableItems>(&items);
  return {{"index", mini_batch.value},
          {"input", plan.input_name_of(mini_batch)},
          {"items", is_counted(items) ? Json(item_count(items)) : Json()},
          {"pieces", table ? Json(table->pieces.size()) : Json()},
          {"first", names.first},
          {"last", names.last.empty() ? names.first : names.last}};
}

std::string json_of(const Preparation& made, const PlanFacts& facts, const std::vector<std::string>& warnings) {
  const auto& [config, interpreter, plan] = made;
  Json json = {{"version", 1},
               {"name", config.name},
               {"entry_script", config.entry_script_path()},
               {"interpreter", interpreter.command},
               {"python_version", interpreter.version},
               {"run_folder", config.output},
               {"world_size", facts.workers + 1},
               {"workers", facts.workers},
               {"node_count", facts.workers / facts.workers_on_machine},
               {"input", plan->content_text()},
               {"mini_batches", facts.mini_batches},
               {"shown", Json::array()},
               {"warnings", warnings}};
  for (const MiniBatchIndex mini_batch : shown_of(*plan)) json["shown"].push_back(json_of(*plan, mini_batch));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string size_text(const RunConfig& config, const PlanFacts& facts) {
  if (!facts.is_size_set) return "";
  const MiniBatchSize& size = *config.parallel.mini_batch_size;
  if (facts.files_of_mini_batch > 0) return ", of " + counted(size.value, "file", "files");
  if (facts.bytes_of_mini_batch > 0) return ", of about " + counted(size.value, "byte", "bytes");
  return "";
}

/// Names of files and runs may hold what a terminal takes for commands.
std::string shown(const std::string& text) {
  return one_line(text, 4 * text.size() + 4);
}

std::string row(std::string name, const std::string& value) {
  constexpr std::size_t width = 15;
  name.resize(width, ' ');
  return name + shown(value) + "\n";
}

std::string text_of(const Preparation& made, const PlanFacts& facts) {
  const auto& [config, interpreter, plan] = made;
  const std::uint64_t machines = facts.workers / facts.workers_on_machine;
  std::string text = row("name", config.name) + row("entry script", config.entry_script_path());
  text += row("interpreter", spaced(interpreter.command) + " (Python " + interpreter.version + "; " +
                                 reason_of(interpreter_choice(config)) + ")");
  text += row("run folder", config.output);
  text += row("world", "mpirun -n " + std::to_string(facts.workers + 1));
  text += row("workers", counted(facts.workers, "script process", "script processes") + " on " +
                             counted(machines, "machine", "machines"));
  text += row("input", plan->content_text());
  text += row("mini-batches", std::to_string(facts.mini_batches) + size_text(config, facts));
  std::uint64_t next = 0;
  for (const MiniBatchIndex mini_batch : shown_of(*plan)) {
    if (mini_batch.value != next) text += "  ...\n";
    next = mini_batch.value + 1;
    text += "  " + std::to_string(mini_batch.value) + "  " + shown(text_of(*plan, mini_batch)) + "\n";
  }
  return text;
}

}  // namespace

ExitStatus check(const CommandLine& line) {
  const Preparation made = prepare(line, false);
  const PlanFacts facts = facts_of(made.config, *made.plan, look_at_script(made.config, made.interpreter));
  settle_table_schema(made.config, *made.plan, made.interpreter);  // refuses what the run would refuse
  std::vector<std::string> warnings = made.config.warnings;
  const std::vector<std::string>& of_plan = made.plan->warnings();
  warnings.insert(warnings.end(), of_plan.begin(), of_plan.end());
  for (std::string& doubt : doubts_about(facts)) warnings.push_back(std::move(doubt));
  if (!line.is_json) print_warnings(warnings);
  print(line.is_json ? json_of(made, facts, warnings) : text_of(made, facts));
  return ExitStatus::completed;
}

}  // namespace prs
