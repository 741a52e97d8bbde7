#pragma once

#include <string>

namespace prs {

/// What the linker has drawn from all of this program's bytes (the build id, ELF's note NT_GNU_BUILD_ID), as
/// hexadecimal digits. Empty: it was linked without one.
std::string build_id();

}  // namespace prs
