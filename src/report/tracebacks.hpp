#pragma once

#include <cstdint>
#include <string>

namespace prs {

/// What a failed try left behind its message in a worker's logs/user/error/<node>/processNNN.txt: its traceback; empty
/// where the file has none, cannot be read, or is longer than what is looked through (64 MiB). At most 16 KiB, the
/// middle left out.
std::string find_traceback(const std::string& error_file, std::uint64_t mini_batch, std::uint32_t dequeue_count);

}  // namespace prs
