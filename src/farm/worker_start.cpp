#include "farm/worker_start.hpp"

#include <utility>

#include "farm/host_settings.hpp"
#include "output/part_files.hpp"

namespace prs {

WorkerStart::WorkerStart(const protocol::Start& start, RunConfig configuration, const World& world, int rank)
    : config(std::move(configuration)),
      folder(config.run_folder()),
      host(world.host_of(rank)),
      process(World::process_name(rank)),
      building_path(prs::building_path(folder.output(config.parallel.append_row_file_name), start.lease)),
      part_files_path(part_files_building_path(folder.output(config.parallel.append_row_file_name), start.lease)),
      number(start.start),
      part(start.first_part + static_cast<std::uint32_t>(rank) - 1),
      opened_log(io, folder.worker_log(host, process), name_of(config.parallel.logging_level)),
      settings(host_settings(config, start, folder, world, rank)) {}

}  // namespace prs
