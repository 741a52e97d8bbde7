#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace prs {

/// The command that a start is of. Who gave it may give it again, word for word, after a loss: then what it began goes
/// on (rule 7.2), and --overwrite and --retry-failed are not done twice.
struct Launch {
  std::string launcher;           ///< who gives it again, by an id of its own; empty: a user gave it, and means it
  std::uint32_t first_start = 0;  ///< of the run, by this command
  bool operator==(const Launch&) const = default;
};

/// Which run a run folder is of: the file `.prs/run.json`, JSON with a version. Rank 0 writes it at the first start,
/// and compares at later ones, so that a folder never mixes two plans (rule 7.2).
struct RunIdentity {
  std::string name;
  std::uint64_t plan_fingerprint = 0;
  /// What settles the plan, for people: "inputs", "arguments", "mini_batch_size", "output_action",
  /// "append_row_file_name" … Any bytes, since paths may hold any.
  std::map<std::string, std::string> settled;
  std::uint32_t starts = 0;  ///< how often the run was started
  /// Word for word what is a list in `settled`, where ["a b"] and ["a", "b"] are one text. Older programs wrote none.
  std::map<std::string, std::vector<std::string>> words;
  Launch launch;  ///< of the last start
  bool operator==(const RunIdentity&) const = default;
};

/// What the file says; none where there is no file. Throws InfrastructureError where it cannot be understood.
std::optional<RunIdentity> load_run_identity(const std::string& path);

/// Writes it atomically, making its folder. Throws InfrastructureError.
void save_run_identity(const std::string& path, const RunIdentity& identity);

/// How the plan of this start differs from the folder's, a line each ("arguments: was [--a 1], is [--a 2]"); empty: it
/// does not. The name and the number of starts are not of the plan.
std::vector<std::string> differences(const RunIdentity& was, const RunIdentity& is);

}  // namespace prs
