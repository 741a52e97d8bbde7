#include "cluster/preflight.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>

#include "support/humane.hpp"

namespace prs {
namespace {

using Reports = std::vector<RankReport>;

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

/// "n2, n3 and 14 more hosts"
std::string listed(const std::vector<std::string>& hosts) {
  constexpr std::size_t named = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(named, hosts.size()); ++i) text += (i == 0 ? "" : ", ") + hosts[i];
  if (hosts.size() > named) text += " and " + std::to_string(hosts.size() - named) + " more hosts";
  return text;
}

/// Hosts of the reports that have it, each once, in the order of their ranks.
std::vector<std::string> hosts_where(const Reports& reports, const std::function<bool(const RankReport&)>& has_it) {
  std::vector<std::string> hosts;
  std::vector<int> known;
  for (const RankReport& report : reports) {
    const int host = report.place.lowest_rank_of_host;
    if (!has_it(report) || std::find(known.begin(), known.end(), host) != known.end()) continue;
    known.push_back(host);
    hosts.push_back(report.place.host);
  }
  return hosts;
}

std::string what_to_do_where_missing(SharedPath::Kind kind) {
  if (kind == SharedPath::Kind::program) return "is not there: install it on each host, or name one that all share";
  if (kind == SharedPath::Kind::package)
    return "is not there: install it for the interpreter of that host, or use an environment that all hosts share";
  return "is not there: mount it on each host, or use a folder that all share";
}

/// What follows "on host n2".
std::string what_is_wrong(Sight sight, const SharedPath& path) {
  switch (sight) {
    case Sight::missing:
      return what_to_do_where_missing(path.kind);
    case Sight::unreadable:
      return path.kind == SharedPath::Kind::program ? "cannot be executed: check its permissions there"
                                                    : "cannot be opened: check its permissions, and the mount, there";
    case Sight::other_kind:
      return path.kind == SharedPath::Kind::file ? "is no file: another file system is mounted there"
                                                 : "is no folder: another file system is mounted there";
    case Sight::other_size:
      return "has not the " + grouped(path.size_bytes) +
             " bytes that it has on rank 0's host: give all hosts the same file";
    case Sight::empty:
      return "is empty: is its file system mounted there?";
    case Sight::other_folder:
      return "is not the folder that rank 0's host has: use a folder on a file system that all hosts share";
    case Sight::hung:
      return "does not answer: its file system hangs there; mend the mount, or leave that host out";
    case Sight::same:
    case Sight::unknown:
      break;
  }
  return {};
}

/// One complaint for each way in which hosts see the path differently.
void judge_path(std::size_t at, const SharedPath& path, const Reports& reports, PreflightVerdict& verdict) {
  for (const Sight sight : {Sight::missing, Sight::unreadable, Sight::other_kind, Sight::other_size, Sight::empty,
                            Sight::other_folder, Sight::hung}) {
    const std::vector<std::string> hosts = hosts_where(
        reports, [&](const RankReport& report) { return at < report.sights.size() && report.sights[at] == sight; });
    if (hosts.empty()) continue;
    const std::string text =
        "on " + listed(hosts) + " the " + path.what + " (" + path.path + ") " + what_is_wrong(sight, path);
    if (!path.is_required && sight != Sight::hung) {
      verdict.warnings.push_back(text);
    } else {
      verdict.error += (verdict.error.empty() ? "" : "\n") + text;
      verdict.is_infrastructure = verdict.is_infrastructure || sight == Sight::hung;
    }
  }
}

void judge_cores(const Reports& reports, PreflightVerdict& verdict) {
  std::map<int, std::uint32_t> workers;
  for (std::size_t rank = 1; rank < reports.size(); ++rank) ++workers[reports[rank].place.lowest_rank_of_host];
  std::uint32_t has = 0, may_have = 0;
  const auto is_bound = [&](const RankReport& report) {
    const auto found = workers.find(report.place.lowest_rank_of_host);
    if (found == workers.end() || report.script_cores == 0) return false;
    const std::uint32_t share = report.host_cores / found->second;
    if (share < 2 || 2 * report.script_cores > share) return false;
    if (may_have == 0) {
      has = report.script_cores;
      may_have = share;
    }
    return true;
  };
  const std::vector<std::string> hosts =
      hosts_where({reports.begin() + (reports.empty() ? 0 : 1), reports.end()}, is_bound);
  if (!hosts.empty())
    verdict.warnings.push_back("on " + listed(hosts) + " a script is bound to " + std::to_string(has) +
                               (has == 1 ? " core" : " cores") + ", and may use " + std::to_string(may_have) +
                               " of the job: add --cpus-per-task=" + std::to_string(may_have) +
                               " or --cpu-bind=none to srun, or --bind-to none to mpirun");
}

void judge_limits(const Reports& reports, PreflightVerdict& verdict) {
  constexpr std::uint64_t fewest_files = 256, files_beside_ranks = 100, least_room = std::uint64_t{64} << 20;
  const auto has_few = [](const RankReport& report) {
    return report.open_files != 0 && report.open_files < fewest_files;
  };
  const bool is_one_host = hosts_where(reports, [](const RankReport&) { return true; }).size() < 2;
  if (const auto hosts = hosts_where(reports, has_few); !hosts.empty())
    verdict.warnings.push_back("on " + listed(hosts) + " fewer than " + std::to_string(fewest_files) +
                               " files may be open at once: raise the limit there (ulimit -n, LimitNOFILE of slurmd)");
  const std::uint64_t wanted = reports.size() + files_beside_ranks;
  if (!reports.empty() && !is_one_host && reports[0].open_files != 0 && reports[0].open_files < wanted)
    verdict.warnings.push_back("rank 0 may have a connection to each of " + std::to_string(reports.size()) +
                               " ranks, and " + std::to_string(reports[0].open_files) + " files may be open on " +
                               reports[0].place.host + ": raise the limit to " + std::to_string(wanted) +
                               " (ulimit -n, LimitNOFILE of slurmd)");
  const auto has_no_room = [](const RankReport& report) { return report.free_bytes < least_room; };
  if (const auto hosts = hosts_where(reports, has_no_room); !hosts.empty())
    verdict.warnings.push_back("on " + listed(hosts) + " the temporary folder has less than " + mebibytes(least_room) +
                               " of room: make room there, or set TMPDIR to another folder");
}

/// Times of files and lines of logs are compared across hosts by people, and by programs such as make.
void judge_clocks(const Reports& reports, PreflightVerdict& verdict) {
  constexpr std::int64_t most_ns = 5'000'000'000;
  std::int64_t worst = 0;
  const auto is_off = [&](const RankReport& report) {
    const std::int64_t off = std::abs(report.clock_ahead_ns);
    if (off > worst) worst = off;
    return off > most_ns;
  };
  if (const auto hosts = hosts_where(reports, is_off); !hosts.empty())
    verdict.warnings.push_back("the clock of " + listed(hosts) + " differs from rank 0's by up to " +
                               std::to_string(worst / 1'000'000'000) +
                               " s: times in logs and of files cannot be compared; set the clocks (NTP)");
}

}  // namespace

PreflightVerdict preflight_verdict(const Reports& reports, const std::vector<SharedPath>& paths) {
  PreflightVerdict verdict;
  for (std::size_t i = 0; i < paths.size(); ++i) judge_path(i, paths[i], reports, verdict);
  judge_cores(reports, verdict);
  judge_limits(reports, verdict);
  judge_clocks(reports, verdict);
  return verdict;
}

std::string version_mismatch(const Reports& reports) {
  for (std::size_t rank = 1; rank < reports.size(); ++rank)
    if (reports[rank].version != reports[0].version)
      return reports[rank].place.host + " runs version " + reports[rank].version + " of prs_mpi (rank " +
             std::to_string(rank) + "), and " + reports[0].place.host + " version " + reports[0].version +
             " (rank 0): install the same version on each host, or start one that all hosts share";
  return {};
}

std::string warning_of_little_room(const std::string& run_folder) {
  constexpr std::uint64_t least_bytes = std::uint64_t{100} << 20, least_files = 1000;
  struct statvfs status {};
  if (::statvfs(nearest_existing(run_folder).c_str(), &status) != 0) return {};
  const std::uint64_t bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
  // File systems that have no fixed number of files say 0.
  const bool has_few_files = status.f_files != 0 && status.f_favail < least_files;
  if (bytes >= least_bytes && !has_few_files) return {};
  return "the disk of the run folder " + run_folder + " has room for " +
         (bytes < least_bytes ? mebibytes(bytes) : std::to_string(status.f_favail) + " files") +
         " more: make room, or name another output folder";
}

}  // namespace prs
