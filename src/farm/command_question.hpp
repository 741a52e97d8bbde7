#pragma once

#include <memory>

#include "cluster/time_limit_watch.hpp"

namespace prs {

/// Runs the command below a keeper, like a script: it is killed with all that it started when the time is up, or when
/// this process dies. SLURM_TIME_FORMAT is standard for it.
std::unique_ptr<Question> ask_command(const std::vector<std::string>& command, TimePoint now);

}  // namespace prs
