#pragma once

#include <string>

#include "support/unique_fd.hpp"

namespace prs {

/// Connects to the worker that listens at this path. Throws InfrastructureError.
UniqueFd connect_to_worker(const std::string& socket_path);

/// Serves the worker's loads (script/loader_wire.hpp), one after the other, until it is gone. It touches no code of the
/// user's, only files. What a file does to it ends this process: the worker has another one started.
void serve_loads(UniqueFd connection);

}  // namespace prs
