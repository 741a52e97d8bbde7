#include "cluster/preflight.hpp"

#include <gtest/gtest.h>

#include "support/flat_bytes.hpp"

namespace prs {
namespace {

RankReport report_of(const std::string& host, int lowest_rank) {
  RankReport report;
  report.version = "1.2.3";
  report.place = {host, lowest_rank, 100, 7};
  report.script_cores = 8;
  report.host_cores = 8;
  report.open_files = 1024;
  report.free_bytes = std::uint64_t{1} << 40;
  return report;
}

/// Rank 0 and two workers on n1, two workers on n2, one on n3. The lowest one of each other host has looked.
std::vector<RankReport> reports_of_three_hosts(std::size_t paths) {
  std::vector<RankReport> reports = {report_of("n1", 0), report_of("n1", 0), report_of("n1", 0),
                                     report_of("n2", 3), report_of("n2", 3), report_of("n3", 5)};
  reports[3].sights.assign(paths, Sight::same);
  reports[5].sights.assign(paths, Sight::same);
  return reports;
}

SharedPath path_of(const std::string& what, bool is_required = true) {
  SharedPath path;
  path.what = what;
  path.path = "/data/x";
  path.kind = SharedPath::Kind::folder;
  path.is_required = is_required;
  return path;
}

std::string all_of(const PreflightVerdict& verdict) {
  std::string text = verdict.error;
  for (const std::string& warning : verdict.warnings) text += "\nwarning: " + warning;
  return text;
}

TEST(Preflight, SaysNothingOfHostsThatAreAlike) {
  EXPECT_EQ(all_of(preflight_verdict(reports_of_three_hosts(1), {path_of("input 'a'")})), "");
  EXPECT_EQ(all_of(preflight_verdict({}, {})), "");
}

TEST(Preflight, NamesThePathAndTheHostsThatSeeItDifferently) {
  const std::vector<SharedPath> paths = {path_of("input 'a'"), path_of("run folder")};
  auto reports = reports_of_three_hosts(2);
  reports[3].sights[0] = reports[5].sights[0] = Sight::missing;
  reports[5].sights[1] = Sight::other_folder;
  const PreflightVerdict verdict = preflight_verdict(reports, paths);
  EXPECT_EQ(
      verdict.error,
      "on n2, n3 the input 'a' (/data/x) is not there: mount it on each host, or use a folder that all share\n"
      "on n3 the run folder (/data/x) is not the folder that rank 0's host has: use a folder on a file system that "
      "all hosts share");
  EXPECT_FALSE(verdict.is_infrastructure);
}

TEST(Preflight, SaysOfEachSightWhatToDo) {
  for (const Sight sight : {Sight::missing, Sight::unreadable, Sight::other_kind, Sight::other_size, Sight::empty,
                            Sight::other_folder, Sight::hung}) {
    auto reports = reports_of_three_hosts(1);
    reports[3].sights[0] = sight;
    const PreflightVerdict verdict = preflight_verdict(reports, {path_of("input 'a'")});
    EXPECT_TRUE(verdict.error.starts_with("on n2 the input 'a' (/data/x) ")) << verdict.error;
    EXPECT_TRUE(verdict.error.find_first_of(":?;") != std::string::npos) << verdict.error;
    EXPECT_EQ(verdict.is_infrastructure, sight == Sight::hung);
  }
  auto reports = reports_of_three_hosts(1);
  reports[3].sights[0] = Sight::unknown;
  EXPECT_EQ(all_of(preflight_verdict(reports, {path_of("input 'a'")})), "");
}

TEST(Preflight, WarnsOfWhatTheScriptMayDoWithout) {
  auto reports = reports_of_three_hosts(1);
  reports[3].sights[0] = Sight::missing;
  const PreflightVerdict verdict = preflight_verdict(reports, {path_of("model 'm'", false)});
  EXPECT_EQ(verdict.error, "");
  ASSERT_EQ(verdict.warnings.size(), 1U);
  EXPECT_TRUE(verdict.warnings[0].starts_with("on n2 the model 'm' (/data/x) is not there")) << verdict.warnings[0];
}

TEST(Preflight, WarnsOfAPackageThatAHostDoesNotHave) {
  auto reports = reports_of_three_hosts(1);
  reports[3].sights[0] = Sight::missing;
  SharedPath package = path_of("Python package 'torch'", false);
  package.kind = SharedPath::Kind::package;
  const PreflightVerdict verdict = preflight_verdict(reports, {package});
  EXPECT_EQ(verdict.error, "");
  ASSERT_EQ(verdict.warnings.size(), 1U);
  EXPECT_EQ(verdict.warnings[0],
            "on n2 the Python package 'torch' (/data/x) is not there: install it for the interpreter of that host, or "
            "use an environment that all hosts share");
}

TEST(Preflight, NamesAFewOfManyHosts) {
  std::vector<RankReport> reports;
  for (int rank = 0; rank < 20; ++rank) {
    reports.push_back(report_of("n" + std::to_string(rank + 1), rank));
    reports.back().sights = {rank == 0 ? Sight::same : Sight::empty};
  }
  EXPECT_TRUE(
      preflight_verdict(reports, {path_of("input 'a'")}).error.starts_with("on n2, n3, n4 and 16 more hosts the "));
}

TEST(Preflight, WarnsOfScriptsThatAreBoundToFewOfTheJobsCores) {
  auto reports = reports_of_three_hosts(0);
  reports[5].script_cores = 1;  // the only worker of n3, where the job has 8
  EXPECT_EQ(all_of(preflight_verdict(reports, {})),
            "\nwarning: on n3 a script is bound to 1 core, and may use 8 of the job: add --cpus-per-task=8 or "
            "--cpu-bind=none to srun, or --bind-to none to mpirun");
  reports[5].host_cores = 0;
  EXPECT_EQ(all_of(preflight_verdict(reports, {})), "") << "nobody knows what it may use";
}

TEST(Preflight, KeepsQuietWhereWorkersShareTheCores) {
  std::vector<RankReport> reports(9, report_of("n1", 0));
  for (RankReport& report : reports) report.script_cores = 1;
  EXPECT_EQ(all_of(preflight_verdict(reports, {})), "") << "eight workers on eight cores";
  reports[0].script_cores = 1;
  reports.resize(2, reports[0]);
  reports[1].script_cores = 8;
  EXPECT_EQ(all_of(preflight_verdict(reports, {})), "") << "rank 0 has no script";
}

TEST(Preflight, WarnsOfLimitsRoomAndClocks) {
  auto reports = reports_of_three_hosts(0);
  reports[0].open_files = 100;
  reports[3].free_bytes = 1 << 20;
  reports[4].clock_ahead_ns = -61'000'000'000;
  EXPECT_EQ(
      all_of(preflight_verdict(reports, {})),
      "\nwarning: on n1 fewer than 256 files may be open at once: raise the limit there (ulimit -n, LimitNOFILE of "
      "slurmd)"
      "\nwarning: rank 0 may have a connection to each of 6 ranks, and 100 files may be open on n1: raise the limit "
      "to 106 (ulimit -n, LimitNOFILE of slurmd)"
      "\nwarning: on n2 the temporary folder has less than 64 MiB of room: make room there, or set TMPDIR to "
      "another folder"
      "\nwarning: the clock of n2 differs from rank 0's by up to 61 s: times in logs and of files cannot be "
      "compared; set the clocks (NTP)");
}

TEST(Preflight, NamesTheRankOfAnotherVersion) {
  auto reports = reports_of_three_hosts(0);
  EXPECT_EQ(version_mismatch(reports), "");
  reports[3].version = "1.2.4";
  EXPECT_EQ(
      version_mismatch(reports),
      "n2 runs version 1.2.4 of prs_mpi (rank 3), and n1 version 1.2.3 (rank 0): install the same version on each "
      "host, or start one that all hosts share");
}

TEST(Preflight, SaysNothingOfAThousandHostsThatAreAlike) {
  std::vector<RankReport> reports;
  for (int rank = 0; rank < 1000; ++rank) {
    reports.push_back(report_of("n" + std::to_string(rank), rank));
    reports.back().sights.assign(20, Sight::same);
    reports.back().open_files = 1100;
  }
  EXPECT_EQ(all_of(preflight_verdict(reports, std::vector<SharedPath>(20, path_of("input 'a'")))), "")
      << "and so many open files just do";
}

TEST(RankReport, ComesBackFromItsBytes) {
  RankReport report = report_of("n2", 3);
  report.clock_ahead_ns = -5;
  report.sights = {Sight::same, Sight::hung};
  const RankReport back = rank_report_of(to_bytes(report), "1.2.3");
  EXPECT_EQ(back.place.host, "n2");
  EXPECT_EQ(back.place.lowest_rank_of_host, 3);
  EXPECT_EQ(back.place.process_id, 100);
  EXPECT_EQ(back.place.process_namespace, 7U);
  EXPECT_EQ(back.script_cores, 8U);
  EXPECT_EQ(back.host_cores, 8U);
  EXPECT_EQ(back.open_files, 1024U);
  EXPECT_EQ(back.free_bytes, std::uint64_t{1} << 40);
  EXPECT_EQ(back.clock_ahead_ns, -5);
  EXPECT_EQ(back.sights, report.sights);
}

TEST(RankReport, OfAnotherVersionSaysWhichAndWhere) {
  FlatWriter writer;
  writer.put_text("9.0").put_text("n7").put_bytes("what nobody knows yet");
  const RankReport report = rank_report_of(writer.bytes(), "1.2.3");
  EXPECT_EQ(report.version, "9.0");
  EXPECT_EQ(report.place.host, "n7");
}

TEST(RankReport, KnowsTheCoresAndLimitsOfThisProcess) {
  const RankReport report = report_of_this_process("1.2.3");
  EXPECT_GT(report.script_cores, 0U);
  EXPECT_GT(report.open_files, 0U);
}

}  // namespace
}  // namespace prs
