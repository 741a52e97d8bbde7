#include "output/lease_file.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/environment_variable.hpp"
#include "support/process_stat.hpp"
#include "support/random_id.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

using Json = nlohmann::json;

constexpr int version = 1;

std::string first_line_of(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

LeaseHolder holder_of(std::string_view line) {
  const Json json = Json::parse(line);
  if (json.at("version").get<int>() != version) throw std::invalid_argument("another version");
  LeaseHolder holder;
  json.at("nonce").get_to(holder.nonce);
  json.at("host").get_to(holder.host);
  json.at("machine").get_to(holder.machine);
  json.at("boot").get_to(holder.boot);
  json.at("pid_namespace").get_to(holder.pid_namespace);
  json.at("process").get_to(holder.process);
  json.at("process_start").get_to(holder.process_start);
  json.at("slurm_cluster").get_to(holder.slurm_cluster);
  json.at("slurm_job").get_to(holder.slurm_job);
  json.at("slurm_restarts").get_to(holder.slurm_restarts);
  json.at("since").get_to(holder.since);
  json.at("length_seconds").get_to(holder.length_seconds);
  if (holder.process <= 0 || !(holder.length_seconds > 0)) throw std::invalid_argument("out of range");
  return holder;
}

bool is_same_machine(const LeaseHolder& a, const LeaseHolder& b) {
  return a.host == b.host && a.machine == b.machine;
}

/// Started again by Slurm: then the earlier start of this job is over.
bool is_earlier_start_of_our_job(const LeaseHolder& holder, const LeaseHolder& us) {
  return !us.slurm_job.empty() && holder.slurm_job == us.slurm_job && holder.slurm_cluster == us.slurm_cluster &&
         holder.slurm_restarts < us.slurm_restarts;
}

}  // namespace

LeaseHolder LeaseHolder::self(std::chrono::duration<double> length) {
  LeaseHolder self;
  self.nonce = random_id();
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  self.host = host;
  self.machine = first_line_of("/etc/machine-id");
  self.boot = first_line_of("/proc/sys/kernel/random/boot_id");
  struct stat space {};
  if (::stat("/proc/self/ns/pid", &space) == 0) self.pid_namespace = space.st_ino;
  self.process = ::getpid();
  if (const auto stat = process_stat(::getpid())) self.process_start = stat->started_ticks;
  self.slurm_cluster = environment_variable("SLURM_CLUSTER_NAME");
  self.slurm_job = environment_variable("SLURM_JOB_ID");
  const std::string restarts = environment_variable("SLURM_RESTART_COUNT");
  std::from_chars(restarts.data(), restarts.data() + restarts.size(), self.slurm_restarts);
  self.since = utc_now_text();
  self.length_seconds = length.count();
  return self;
}

std::string LeaseHolder::line() const {
  const Json json = {{"version", version},
                     {"nonce", nonce},
                     {"host", host},
                     {"machine", machine},
                     {"boot", boot},
                     {"pid_namespace", pid_namespace},
                     {"process", process},
                     {"process_start", process_start},
                     {"slurm_cluster", slurm_cluster},
                     {"slurm_job", slurm_job},
                     {"slurm_restarts", slurm_restarts},
                     {"since", since},
                     {"length_seconds", length_seconds}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::string LeaseHolder::text() const {
  std::string text = "process " + std::to_string(process) + " on host " + host;
  if (!slurm_job.empty()) text += ", Slurm job " + slurm_job;
  return text + ", since " + since;
}

Lease parse_lease(std::string_view bytes) {
  Lease lease;
  lease.bytes = bytes.size();
  const std::size_t line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return lease;
  try {
    lease.holder = holder_of(bytes.substr(0, line_end));
  } catch (const std::exception&) {
    return lease;  // cut off, damaged or of another version: its age still counts
  }
  lease.is_released = bytes.find('r', line_end) != std::string_view::npos;
  return lease;
}

ProcessSign sign_of(const LeaseHolder& holder, const LeaseHolder& us) {
  if (!is_same_machine(holder, us) || holder.boot != us.boot || holder.pid_namespace != us.pid_namespace ||
      us.pid_namespace == 0 || us.boot.empty())
    return ProcessSign::unknown;
  // Asked of the kernel first: /proc may hide the processes of others.
  if (::kill(static_cast<pid_t>(holder.process), 0) != 0 && errno == ESRCH) return ProcessSign::gone;
  const auto stat = process_stat(static_cast<pid_t>(holder.process));
  if (!stat) return ProcessSign::unknown;
  if (stat->started_ticks != holder.process_start || stat->state == 'Z' || stat->state == 'X') return ProcessSign::gone;
  return stat->state == 'T' || stat->state == 't' ? ProcessSign::stopped : ProcessSign::running;
}

LeaseVerdict judge(const Lease& lease, const LeaseHolder& us, ProcessSign sign, const LeaseWatch& watch) {
  if (lease.is_released) return LeaseVerdict::stale;
  if (lease.holder) {
    const LeaseHolder& holder = *lease.holder;
    if (sign == ProcessSign::gone || is_earlier_start_of_our_job(holder, us)) return LeaseVerdict::stale;
    // Machines may share a name, so a boot that is over is one only where the machine is known to be the same.
    const bool is_known_machine = is_same_machine(holder, us) && !us.machine.empty();
    if (is_known_machine && !us.boot.empty() && !holder.boot.empty() && holder.boot != us.boot)
      return LeaseVerdict::stale;
  }
  if (watch.has_grown) return LeaseVerdict::live;
  const double length = lease.holder ? lease.holder->length_seconds : us.length_seconds;
  if (lease.age_seconds > length || watch.unchanged_seconds > length) return LeaseVerdict::stale;
  return sign == ProcessSign::running ? LeaseVerdict::live : LeaseVerdict::unclear;
}

}  // namespace prs
