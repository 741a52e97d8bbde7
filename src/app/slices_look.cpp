#include "app/slices_look.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "report/report.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool is_completed(const RunStatus& status) {
  return exit_status_of(status) == ExitStatus::completed;
}

/// Null: all that were begun are completed.
const RunStatus* first_not_completed(const SlicesStatus& status) {
  const auto first = std::find_if_not(status.slices.begin(), status.slices.end(), is_completed);
  return first == status.slices.end() ? nullptr : &*first;
}

/// Of all numbers of slices that were run.
std::uint64_t not_begun(const SlicesStatus& status) {
  std::set<std::uint32_t> counts;
  for (const RunStatus& slice : status.slices) counts.insert(slice.result.slicing.count);
  std::uint64_t all = 0;
  for (const std::uint32_t count : counts) all += count;
  return all - status.slices.size();
}

std::string next_step(const SlicesStatus& status) {
  const std::string count = std::to_string(status.slices.front().result.slicing.count);
  if (status.is_going_on()) return "None; prs_mpi status --watch follows the slices until none goes on.";
  if (const RunStatus* first = first_not_completed(status))
    return "prs_mpi status " + first->result.run_folder + " tells more of that slice.";
  if (not_begun(status) > 0) return "Run the slices that were not begun, then join them.";
  return "prs_mpi join CONFIG --slices " + count + " puts their rows together.";
}

}  // namespace

bool has_slices_alone(const RunFolder& folder) {
  std::error_code error;
  return !fs::exists(folder.identity(), error) && fs::exists(folder.slices(), error);
}

bool SlicesStatus::is_going_on() const {
  return std::any_of(slices.begin(), slices.end(), [](const RunStatus& slice) { return !slice.is_over(); });
}

SlicesStatus SlicesLook::look() {
  std::vector<Slicing> found;
  std::error_code error;
  for (fs::directory_iterator at(whole_.slices(), error), end; !error && at != end; at.increment(error)) {
    const auto slicing = slicing_of_folder(at->path().filename().string());
    std::error_code none;
    if (slicing && fs::exists(slicing->folder_in(whole_).identity(), none)) found.push_back(*slicing);
  }
  if (found.empty()) throw UserError(whole_.path + " holds no run: none was begun there, nor any slice of one");
  std::sort(found.begin(), found.end(), [](const Slicing& a, const Slicing& b) {
    return std::tie(a.count, a.number) < std::tie(b.count, b.number);
  });
  SlicesStatus status{whole_.path, {}};
  for (const Slicing& slicing : found) {
    status.slices.push_back(RunLook(slicing.folder_in(whole_)).look());
    status.slices.back().result.slicing = slicing;
  }
  return status;
}

ExitStatus exit_status_of(const SlicesStatus& status) {
  if (status.is_going_on()) return ExitStatus::going_on;
  const RunStatus* first = first_not_completed(status);
  return first ? exit_status_of(*first) : ExitStatus::going_on;
}

std::string slices_line(const SlicesStatus& status) {
  std::map<std::string_view, std::uint64_t> counts;
  for (const RunStatus& slice : status.slices) ++counts[word_of(slice)];
  std::string text;
  for (const auto& [word, count] : counts)
    text += (text.empty() ? "" : ", ") + grouped(count) + " " + std::string(word);
  if (const std::uint64_t others = not_begun(status); others > 0) text += ", " + grouped(others) + " not begun";
  return "slices: " + text;
}

std::string status_text(const SlicesStatus& status) {
  constexpr std::size_t most_shown = 20;
  std::string text = "Run                " + status.slices.front().result.name + ", in " + slices_line(status) + "\n";
  std::size_t left_out = 0, shown = 0;
  for (const RunStatus& slice : status.slices) {
    if (is_completed(slice)) continue;
    if (shown++ >= most_shown) {
      ++left_out;
      continue;
    }
    std::string name = "  " + slice.result.slicing.text();
    name.resize(std::max<std::size_t>(19, name.size() + 2), ' ');
    const Progress& progress = slice.result.progress;
    text += name + std::string(word_of(slice)) + ", " + grouped(progress.done) + " of " +
            counted(progress.mini_batches, "mini-batch", "mini-batches") + " done\n";
  }
  if (left_out > 0) text += "  " + grouped(left_out) + " more are not completed; --json has all\n";
  return text + "\nNext step\n  " + next_step(status) + "\n";
}

std::string json_of(const SlicesStatus& status, int indent) {
  const ExitStatus end = exit_status_of(status);
  const RunStatus* first = first_not_completed(status);
  Json json = {{"version", 1}};
  json["state"] = status.is_going_on() ? "running" : first ? std::string(word_of(*first)) : "waiting";
  json["exit_status"] = end == ExitStatus::going_on ? Json(nullptr) : Json(static_cast<int>(end));
  json["run_folder"] = status.run_folder;
  json["not_begun"] = not_begun(status);
  json["slices"] = Json::array();
  for (const RunStatus& slice : status.slices) json["slices"].push_back(Json::parse(json_of(slice, -1)));
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace prs
