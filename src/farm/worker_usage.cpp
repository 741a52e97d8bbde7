#include "farm/worker_usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "support/new_name.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// All workers of a node append to one file; whoever comes first makes it.
IoThread::FileId open_shared(WorkerStart& start, const std::string& path, std::string_view header) {
  make_new_file(path, header, path + "." + start.process, false);
  return start.io.open(path);
}

}  // namespace

WorkerUsage::WorkerUsage(WorkerStart& start, const World& world, int rank)
    : io_(start.io),
      monitor_(start.process, ::getpid(), duration_of(std::max(0.0, start.config.parallel.resource_monitor_interval)),
               world.place_on_node(rank) == 0) {
  if (start.config.parallel.resource_monitor_interval <= 0) return;
  make_folders(start.folder.performance(start.host));
  process_file_ = open_shared(start, start.folder.process_usage(start.host), process_usage_header());
  if (world.place_on_node(rank) == 0)
    node_file_ = open_shared(start, start.folder.node_usage(start.host), node_usage_header());
}

void WorkerUsage::sample(TimePoint now) {
  if (std::string rows = monitor_.process_rows(now); !rows.empty()) io_.append(process_file_, std::move(rows));
  if (std::string row = monitor_.node_row(now); !row.empty()) io_.append(node_file_, std::move(row));
}

}  // namespace prs
