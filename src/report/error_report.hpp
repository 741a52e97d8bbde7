#pragma once

#include <string>
#include <vector>

#include "report/error_catalog.hpp"

namespace prs {

/// "ValueError: bad digit" in one line of at most `most_bytes`; the category is not said twice.
std::string failure_line(const Failure& failure, std::size_t most_bytes = 200);

/// "ValueError: bad digit (12 tries)": the most frequent causes for people (SPEC 6.5).
std::vector<std::string> frequent_causes(const ErrorCatalog& errors, std::size_t most);

/// logs/job_error.txt: grouped, most frequent first, with one traceback of each kind (SPEC 9.2).
std::string job_error_text(const ErrorCatalog& errors);

}  // namespace prs
