#pragma once

#include <cstdint>
#include <string>

#include "model/outcome.hpp"
#include "script/keeper/keeper_protocol.hpp"
#include "script/script_settings.hpp"
#include "support/clock.hpp"

namespace prs {

// The words in which a script host's end is told to people (STYLE: the thing, the cause, the next step).

/// "exited with status 3", "was killed by SIGKILL (out of memory?)".
std::string death_text(int wait_status);
/// "60 s", "0.25 s".
std::string seconds_text(Duration duration);
/// Why the interpreter could not be started.
Failure start_failure(const KeeperReport& report, const ScriptSettings& settings);
/// The script's own words blame a disk that is full, read-only or broken; which one they do not tell.
bool blames_a_disk(const Failure& failure);
/// The end of a file, from `from_bytes` on at most, and no more than `most_bytes`; empty where it cannot be read.
std::string end_of_file(const std::string& path, std::uint64_t from_bytes, std::uint64_t most_bytes = 4096);
/// 0 where there is none yet.
std::uint64_t file_size(const std::string& path);

}  // namespace prs
