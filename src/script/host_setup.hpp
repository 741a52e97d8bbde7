#pragma once

#include <string>

#include "script/script_settings.hpp"

namespace prs {

/// The payload of the `setup` frame: JSON of what the host needs to know of its settings. Paths and arguments may hold
/// any byte and JSON only text, so each byte of theirs travels as the character of that number (Latin-1); the host
/// turns them back.
std::string setup_text(const ScriptSettings& settings);

}  // namespace prs
