#pragma once

#include "cluster/world.hpp"
#include "farm/worker_start.hpp"
#include "report/resource_usage.hpp"

namespace prs {

/// logs/sys/perf/<node>/: the processes of this worker, and from the node's first worker the node itself (rule 9.2).
class WorkerUsage {
 public:
  /// Makes the files, unless `resource_monitor_interval` is 0: then nothing is ever due.
  WorkerUsage(WorkerStart& start, const World& world, int rank);
  bool is_due(TimePoint now) const { return monitor_.is_due(now); }
  void sample(TimePoint now);

 private:
  IoThread& io_;
  IoThread::FileId process_file_, node_file_;
  ResourceMonitor monitor_;
};

}  // namespace prs
