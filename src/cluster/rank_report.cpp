#include "cluster/rank_report.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "cluster/machine.hpp"
#include "support/flat_bytes.hpp"

namespace prs {
namespace {

/// Where nobody can say: as many as are wanted.
std::uint64_t free_bytes_for_temporary_files() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  struct statvfs status {};
  if (error || ::statvfs(folder.c_str(), &status) != 0) return UINT64_MAX;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace

RankReport report_of_this_process(const std::string& version) {
  RankReport report;
  report.version = version;
  report.script_cores = static_cast<std::uint32_t>(allowed_cores().size());
  report.host_cores = static_cast<std::uint32_t>(cores_of_job());
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) report.open_files = limit.rlim_cur;
  report.free_bytes = free_bytes_for_temporary_files();
  return report;
}

std::string to_bytes(const RankReport& report) {
  FlatWriter writer;
  writer.put_text(report.version).put_text(report.place.host);
  writer.put(report.place.lowest_rank_of_host).put(report.place.process_id).put(report.place.process_namespace);
  writer.put(report.script_cores).put(report.host_cores).put(report.open_files).put(report.free_bytes);
  writer.put(report.clock_ahead_ns).put(static_cast<std::uint32_t>(report.sights.size()));
  for (const Sight sight : report.sights) writer.put(sight);
  return std::move(writer.bytes());
}

RankReport rank_report_of(std::string_view bytes, const std::string& own_version) {
  FlatReader reader(bytes);
  RankReport report;
  report.version = reader.get_text();
  report.place.host = reader.get_text();
  if (report.version != own_version) return report;
  report.place.lowest_rank_of_host = reader.get<int>();
  report.place.process_id = reader.get<int>();
  report.place.process_namespace = reader.get<std::uint64_t>();
  report.script_cores = reader.get<std::uint32_t>();
  report.host_cores = reader.get<std::uint32_t>();
  report.open_files = reader.get<std::uint64_t>();
  report.free_bytes = reader.get<std::uint64_t>();
  report.clock_ahead_ns = reader.get<std::int64_t>();
  report.sights.resize(reader.get_count(sizeof(Sight)));
  for (Sight& sight : report.sights) sight = reader.get<Sight>();
  return report;
}

}  // namespace prs
