#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/error_catalog.hpp"

namespace prs {

/// What went wrong beside failed tries.
struct BesideTries {
  std::uint64_t short_mini_batches = 0;  ///< done, with fewer rows than items
  std::uint64_t short_items = 0;         ///< items without a row in these
  std::optional<Failure> init_failure;   ///< the first one for which a worker gave up
};

/// "ValueError: bad digit" in one line of at most `most_bytes`; the category is not said twice.
std::string failure_line(const Failure& failure, std::size_t most_bytes = 200);

/// "ValueError: bad digit (12 tries)": the most frequent causes for people (rule 6.5), those of earlier starts
/// included. Short returns stand among them, by the number of their mini-batches.
std::vector<std::string> frequent_causes(const ErrorCatalog& errors, std::size_t most, const BesideTries& beside = {});

/// logs/job_error.txt: grouped, most frequent first, with one traceback of each kind (rule 9.2).
std::string job_error_text(const ErrorCatalog& errors, const BesideTries& beside = {});

}  // namespace prs
