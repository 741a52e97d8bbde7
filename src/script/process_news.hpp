#pragma once

#include "script/host_process.hpp"
#include "script/process_channel.hpp"

namespace prs {

/// What one look at a process and its channel found.
struct ProcessNews {
  bool is_of_process = false;
  bool is_in_channel = false;  ///< never of one that is dying
  explicit operator bool() const { return is_of_process || is_in_channel; }
};

/// Has the keeper's reports read. One system call where there is no news: the worker comes by often.
ProcessNews look_at(HostProcess& process, const ProcessChannel& channel, bool is_dying);

}  // namespace prs
