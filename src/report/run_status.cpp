#include "report/run_status.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/humane.hpp"

namespace prs {
namespace {

using Json = nlohmann::ordered_json;
using Field = std::pair<const char*, std::uint64_t Progress::*>;

constexpr int version = 1;

constexpr Field counts[] = {{"mini_batches", &Progress::mini_batches},
                            {"done", &Progress::done},
                            {"reused", &Progress::reused},
                            {"failed", &Progress::failed},
                            {"gave_up", &Progress::gave_up},
                            {"running", &Progress::running},
                            {"tries", &Progress::tries},
                            {"bytes_to_survey", &Progress::bytes_to_survey},
                            {"surveyed_bytes", &Progress::surveyed_bytes}};
/// Those that the ledger does not tell.
constexpr std::uint64_t Progress::*not_in_ledger[] = {&Progress::reused, &Progress::running};

constexpr std::pair<const char*, ExitStatus> endings[] = {{"completed", ExitStatus::completed},
                                                          {"failed", ExitStatus::failed},
                                                          {"error", ExitStatus::infrastructure},
                                                          {"interrupted", ExitStatus::interrupted},
                                                          {"not_started", ExitStatus::usage}};
constexpr std::pair<const char*, RunStatus::State> states[] = {{"starting", RunStatus::State::starting},
                                                               {"running", RunStatus::State::running},
                                                               {"killed", RunStatus::State::killed},
                                                               {"stopped", RunStatus::State::stopped}};

std::string time_or_nothing(std::int64_t unix_nanoseconds) {
  return unix_nanoseconds == 0 ? "" : utc_time(unix_nanoseconds, true);
}

void read_state(const Json& json, RunStatus& status) {
  const auto word = json.at("state").get<std::string>();
  for (const auto& [name, state] : states)
    if (word == name) status.state = state;
  for (const auto& [name, ending] : endings) {
    if (word != name) continue;
    status.state = RunStatus::State::ended;
    status.result.status = ending;
  }
}

template <typename Value>
void read_known(const Json& json, std::optional<Value>& value) {
  if (!json.is_null()) value = json.get<Value>();
}

template <typename Value>
Json known(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

bool is_rate_known(const RunStatus& status) {
  return status.state == RunStatus::State::running && status.result.progress.assembled.all == 0;
}

void read_figures(const Json& json, RunStatus& status) {
  RunResult& result = status.result;
  for (const auto& [name, member] : counts) json.at(name).get_to(result.progress.*member);
  json.at("bytes_to_assemble").get_to(result.progress.assembled.all);
  json.at("assembled_bytes").get_to(result.progress.assembled.written);
  json.at("workers").get_to(result.progress.workers);
  json.at("workers_ready").get_to(result.progress.workers_ready);
  json.at("succeeded_items").get_to(result.tally.succeeded_items);
  json.at("failed_items").get_to(result.tally.failed_items);
  json.at("short_items").get_to(result.short_items);
  json.at("stopping").get_to(result.progress.is_stopping);
  json.at("may_start_again").get_to(result.may_start_again);
  read_known(json.at("rows"), result.rows);
  read_known(json.at("seconds"), result.seconds);
  if (!json.at("per_second").is_null()) json.at("per_second").get_to(status.pace.per_second);
  read_known(json.at("seconds_left"), status.pace.seconds_left);
  status.pace.elapsed_seconds = result.seconds.value_or(0);
  status.pace.is_last = status.state == RunStatus::State::ended;
}

void read_texts(const Json& json, RunStatus& status) {
  RunResult& result = status.result;
  json.at("name").get_to(result.name);
  json.at("description").get_to(result.description);
  json.at("slice").get_to(result.slicing.number);
  json.at("slices").get_to(result.slicing.count);
  json.at("cause").get_to(result.cause);
  json.at("limit_passed").get_to(result.verdict);
  json.at("run_folder").get_to(result.run_folder);
  json.at("output_file").get_to(result.output_file);
  json.at("look_into").get_to(result.look_into);
  json.at("command").get_to(result.command);
  json.at("frequent_causes").get_to(result.frequent_causes);
  json.at("warnings").get_to(result.warnings);
  json.at("advice").get_to(result.advice);
  json.at("holder").get_to(status.holder);
  json.at("lease").get_to(status.lease);
  json.at("launcher").get_to(status.launcher);
  json.at("started_unix_nanoseconds").get_to(status.started_unix_nanoseconds);
  json.at("updated_unix_nanoseconds").get_to(status.updated_unix_nanoseconds);
}

void add_counts(Json& json, const RunStatus& status) {
  const Progress& progress = status.result.progress;
  for (const auto& [name, member] : counts) {
    const bool is_known = !status.is_of_ledger || std::find(std::begin(not_in_ledger), std::end(not_in_ledger),
                                                            member) == std::end(not_in_ledger);
    json[name] = is_known ? Json(progress.*member) : Json(nullptr);
  }
  json["bytes_to_assemble"] = progress.assembled.all;
  json["assembled_bytes"] = progress.assembled.written;
  json["workers"] = status.is_of_ledger ? Json(nullptr) : Json(progress.workers);
  json["workers_ready"] = status.is_of_ledger ? Json(nullptr) : Json(progress.workers_ready);
}

}  // namespace

std::string_view word_of(const RunStatus& status) {
  for (const auto& [name, state] : states)
    if (status.state == state) return name;
  for (const auto& [name, ending] : endings)
    if (status.result.status == ending) return name;
  return "error";
}

std::string json_of(const RunStatus& status, int indent) {
  const RunResult& result = status.result;
  Json json = {{"version", version}, {"state", word_of(status)}};
  json["exit_status"] = status.state == RunStatus::State::ended ? Json(static_cast<int>(result.status)) : Json(nullptr);
  json["cause"] = result.cause;
  json["limit_passed"] = result.verdict;
  json["stopping"] = result.progress.is_stopping;
  json["may_start_again"] = result.may_start_again;
  json["name"] = result.name;
  json["description"] = result.description;
  json["slice"] = result.slicing.number;
  json["slices"] = result.slicing.count;
  add_counts(json, status);
  json["succeeded_items"] = result.tally.succeeded_items;
  json["failed_items"] = result.tally.failed_items;
  json["short_items"] = result.short_items;
  json["rows"] = known(result.rows);
  json["seconds"] = known(result.seconds);
  json["per_second"] = is_rate_known(status) ? Json(status.pace.per_second) : Json(nullptr);
  json["seconds_left"] = is_rate_known(status) ? known(status.pace.seconds_left) : Json(nullptr);
  json["started"] = time_or_nothing(status.started_unix_nanoseconds);
  json["updated"] = time_or_nothing(status.updated_unix_nanoseconds);
  json["holder"] = status.holder;
  json["run_folder"] = result.run_folder;
  json["output_file"] = result.output_file;
  json["look_into"] = result.look_into;
  json["frequent_causes"] = result.frequent_causes;
  json["warnings"] = result.warnings;
  json["advice"] = result.advice;
  json["command"] = result.command;
  json["lease"] = status.lease;
  json["launcher"] = status.launcher;
  json["started_unix_nanoseconds"] = status.started_unix_nanoseconds;
  json["updated_unix_nanoseconds"] = status.updated_unix_nanoseconds;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<RunStatus> run_status_of(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("version").get<int>() != version) return std::nullopt;
    RunStatus status;
    read_state(json, status);
    read_figures(json, status);
    read_texts(json, status);
    return status;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace prs
