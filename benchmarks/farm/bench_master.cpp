#include "benchmarks/farm/bench_master.hpp"

#include <cstdio>

#include "output/run_folder_contents.hpp"
#include "tests/fastest_folder.hpp"

namespace prs {
namespace {

constexpr int workers_on_host = 64;
constexpr double long_time_seconds = 1e6;

RunConfig config_of(const std::string& output) {
  RunConfig config;
  config.name = "bench";
  config.output = output;
  config.parallel.mini_batch_size = MiniBatchSize{1, false};
  config.parallel.run_max_try = 3;
  config.parallel.allowed_failed_count = -1;
  config.parallel.allowed_failed_percent = 100;
  config.parallel.progress_update_timeout = long_time_seconds;
  config.parallel.grace_period = 30;
  config.parallel.append_row_file_name = "rows.txt";
  return config;
}

ProgressReporter::Options quiet_progress(TimePoint start) {
  ProgressReporter::Options options;
  options.stream = std::fopen("/dev/null", "w");
  options.start = start;
  return options;
}

}  // namespace

MiniBatchItems NumberedPlan::items_of(MiniBatchIndex index) const {
  char path[64];
  const int length = std::snprintf(path, sizeof path, "/scratch/project/input/part-%012llu.bin",
                                   static_cast<unsigned long long>(index.value));
  return FileItems(std::string(path, static_cast<std::size_t>(length) + 1), 1);
}

World world_of_hosts(int ranks) {
  std::vector<Place> places;
  for (int rank = 0; rank < ranks; ++rank) {
    const int host = rank / workers_on_host;
    places.push_back({"node" + std::to_string(host), host * workers_on_host, rank, 0});
  }
  return World(std::move(places));
}

BenchMaster::BenchMaster(const World& world, Transport& transport, const MakeRounds& make_rounds,
                         std::uint64_t mini_batches)
    : folder_(fastest_folder()),
      config_(config_of(folder_.file("out"))),
      plan_(mini_batches),
      run_folder_{config_.output},
      progress_(quiet_progress(transport.now())),
      page_(run_folder_, false, TimePoint::max() - std::chrono::hours(1)),  // never made
      time_left_(long_time_seconds, {}) {
  make_folders_of(run_folder_);
  lease_ = std::make_unique<RunLease>(run_folder_.lease(), RunLease::Options{});
  history_ = read_history([this](std::uint32_t start) { return run_folder_.ledger(start); }, plan_.fingerprint(),
                          plan_.mini_batch_count());
  history_.next_part = next_part(run_folder_);
  master_ = std::make_unique<Master>(MasterParts{config_, plan_, world, transport, make_rounds, io_, run_folder_,
                                                 *lease_, history_, 1, false, progress_, page_, time_left_, nullptr});
}

std::string BenchMaster::start_bytes() const {
  protocol::Start start;
  start.config = to_bytes(config_);
  start.mini_batches = plan_.mini_batch_count();
  start.lease = lease_->name();
  start.run_id = config_.name;
  return protocol::to_bytes(start);
}

}  // namespace prs
