#pragma once

#include <exception>

#include "support/errors.hpp"

namespace prs {

/// Prints on standard error what the program cannot go on from, the cause in the last line; gives the exit status that
/// belongs to it (rule 8). For the program without mpirun and for rank 0; no other rank may speak.
ExitStatus explain(const std::exception& error);

}  // namespace prs
