#pragma once

#include <string>

namespace prs {

/// The completion of this command's line for bash, made of the verbs and options that the command line knows. To be
/// read by the shell; installed as share/bash-completion/completions/prs_mpi.
std::string bash_completion();

/// The manual page prs_mpi(1), made of the same and of the option table; installed as share/man/man1/prs_mpi.1.
std::string manual_page();

}  // namespace prs
