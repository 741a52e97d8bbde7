#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace prs {

/// All that a run folder contains, by name (rule 9.2). Every room that needs such a name takes it from here; names are
/// taken apart here, too, and nowhere else. Pure: what is there is told by output/run_folder_contents.
struct RunFolder {
  std::string path;

  /// What a run makes at the top of its folder, beside the rows file, which the user names.
  static constexpr std::array<std::string_view, 6> own_names = {".prs",        "logs",   "failed_items.csv",
                                                                "report.html", "models", "outputs"};

  // What the run itself goes by. A segment has the number of its start; a part and its file of tries have one number.
  std::string hidden() const { return path + "/.prs"; }
  std::string identity() const { return hidden() + "/run.json"; }
  std::string lease() const { return hidden() + "/lease"; }
  std::string ledgers() const { return hidden() + "/ledger"; }
  std::string ledger(std::uint32_t start) const { return ledgers() + "/" + std::to_string(start) + ".ledger"; }
  std::string parts() const { return hidden() + "/parts"; }
  std::string part(std::uint32_t part) const { return parts() + "/" + std::to_string(part) + ".rows"; }
  std::string all_tries() const { return hidden() + "/tries"; }
  std::string tries(std::uint32_t part) const { return all_tries() + "/" + std::to_string(part) + ".csv"; }
  /// The columns and types of the run's tables, which its first start settled.
  std::string table_schema() const { return hidden() + "/table_schema.json"; }
  /// What rank 0 knows of the quotes in them (farm/quote_states_file).
  std::string quote_states() const { return hidden() + "/quote_states"; }
  std::string all_working() const { return hidden() + "/working"; }
  /// Of one start: a script of an older job that wakes up works elsewhere.
  std::string working(const std::string& lease, const std::string& process) const {
    return all_working() + "/" + lease + "/" + process;
  }
  /// The run folders of its slices (rule 7.7), by `Slicing::folder_in`.
  std::string slices() const { return hidden() + "/slices"; }
  /// How the run stands, for `prs_mpi status`: renewed about once a second while it goes on.
  std::string status() const { return hidden() + "/status.json"; }
  /// What a worker writes to learn whether the disk has room.
  std::string room(const std::string& process) const { return hidden() + "/room." + process; }

  // What people read
  std::string output(const std::string& file_name) const { return path + "/" + file_name; }
  std::string failed_items() const { return path + "/failed_items.csv"; }
  std::string report_page() const { return path + "/report.html"; }
  std::string logs() const { return path + "/logs"; }
  std::string job_result() const { return logs() + "/job_result.txt"; }
  std::string job_error() const { return logs() + "/job_error.txt"; }
  std::string progress_overview(const std::string& time) const {
    return logs() + "/job_progress_overview." + time + ".txt";
  }
  std::string user_logs() const { return logs() + "/user"; }
  std::string user_stdout(const std::string& node, const std::string& process) const {
    return user_logs() + "/stdout/" + node + "/" + process + ".stdout.txt";
  }
  std::string user_stderr(const std::string& node, const std::string& process) const {
    return user_logs() + "/stderr/" + node + "/" + process + ".stderr.txt";
  }
  std::string user_error(const std::string& node, const std::string& process) const {
    return user_logs() + "/error/" + node + "/" + process + ".txt";
  }
  std::string entry_script_log(const std::string& node, const std::string& process) const {
    return user_logs() + "/entry_script_log/" + node + "/" + process + ".log.txt";
  }
  std::string master_log() const { return logs() + "/sys/master_role.txt"; }
  std::string worker_log(const std::string& node, const std::string& process) const {
    return logs() + "/sys/node/" + node + "/" + process + ".txt";
  }
  /// The configuration as it was understood by the last start.
  std::string understood_config() const { return logs() + "/sys/config.yaml"; }
  std::string job_report() const { return logs() + "/sys/job_report"; }
  std::string processed_mini_batches() const { return job_report() + "/processed_mini-batches.csv"; }
  std::string process_summary() const { return job_report() + "/process_summary.csv"; }
  std::string node_summary() const { return job_report() + "/node_summary.csv"; }
  std::string all_performance() const { return logs() + "/sys/perf"; }
  std::string performance(const std::string& node) const { return all_performance() + "/" + node; }
  static constexpr std::string_view process_usage_name = "processes_resource_usage.csv";
  static constexpr std::string_view node_usage_name = "node_resource_usage.csv";
  std::string process_usage(const std::string& node) const {
    return performance(node) + "/" + std::string(process_usage_name);
  }
  std::string node_usage(const std::string& node) const {
    return performance(node) + "/" + std::string(node_usage_name);
  }
  std::string profile(const std::string& node, const std::string& process) const {
    return performance(node) + "/" + process + ".profile";
  }
  /// What the hottest functions of a profile are written to: its own name, and this (script/python/prs_profile).
  static constexpr std::string_view hot_functions_ending = ".hot.csv";

  // The number in the last piece of such a path; none: it is not named so.
  static std::optional<std::uint32_t> number_of_ledger(std::string_view name);
  static std::optional<std::uint32_t> number_of_part(std::string_view name);
  static std::optional<std::uint32_t> number_of_tries(std::string_view name);
};

/// What lies in the folder `lease()`: a chain of leases, of which the highest one holds (output/run_lease).
struct LeaseFolder {
  std::string path;

  std::string lease(std::uint64_t number) const { return path + "/" + std::to_string(number) + ".lease"; }
  /// Names of one job's own: a lease before it is one, and what a look at the server's clock makes.
  std::string fresh(const std::string& nonce) const { return path + "/.new-" + nonce; }
  std::string look(const std::string& nonce) const { return path + "/.look-" + nonce; }
  /// The number in a lease's name, never 0; none: it is not named so.
  static std::optional<std::uint64_t> number_of(std::string_view name);
  /// No lease: one of the other two, which a killed job leaves.
  static bool is_short_lived(std::string_view name) { return name.starts_with('.'); }
};

/// A page while it is written, by a name of the writer's own in the folder that the page is for.
std::string page_being_written(const std::string& folder, const std::string& nonce);
bool is_page_being_written(std::string_view name);

/// What one start calls itself in its folder: "3-9f3c…", the number of its lease and a nonce.
std::string lease_name(std::uint64_t number, const std::string& nonce);
/// The number in front; 0: there is none.
std::uint64_t number_of_lease_name(std::string_view name);

/// The output file while the start that holds this lease puts it together, beside its final name.
std::string building_path(const std::string& final_path, const std::string& lease);
/// The lease's name in the last piece of such a path; none: it is not one of this output.
std::optional<std::string_view> lease_of_building(std::string_view name, const std::string& final_path);

}  // namespace prs
