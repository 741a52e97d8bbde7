#pragma once

#include <cstdint>
#include <string>

#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "farm/protocol.hpp"
#include "model/run_folder.hpp"
#include "script/script_settings.hpp"
#include "support/io_thread.hpp"
#include "support/log.hpp"

namespace prs {

/// What a worker has from its Start on: what it shall do, where it writes, and its thread and its log for that.
struct WorkerStart {
  WorkerStart(const protocol::Start& start, RunConfig configuration, const World& world, int rank);

  const RunConfig config;
  const RunFolder folder;
  const std::string host, process;
  const std::string building_path;    ///< of the output file
  const std::string part_files_path;  ///< of the folder of part files that it may become
  const std::uint32_t number;         ///< of this start
  const std::uint32_t part;           ///< that this worker writes
  IoThread io;
  const OpenLog opened_log;
  const ScriptSettings settings;
};

}  // namespace prs
