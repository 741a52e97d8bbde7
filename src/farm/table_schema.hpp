#pragma once

#include <string>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "model/run_folder.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// The columns and types in which the script sees the run's tables, JSON text for the script host (rule 3.3): what the
/// user's own pandas makes of a sample, and what the inputs' `dtypes` say. Empty where the run has no tables. Throws
/// UserError for what the user can mend: a package that is missing, a column that there is none of, a file that cannot
/// be read. Source: script/python/prs_table_schema.py.
std::string settle_table_schema(const RunConfig& config, const Plan& plan, const Interpreter& interpreter);

/// The same for a run that may have been started before: what its first start settled stands in its folder.
std::string table_schema_of_run(const RunConfig& config, const Plan& plan, const Interpreter& interpreter,
                                const RunFolder& folder);

/// What the inputs say of their tables, for people and for comparing: another such text makes another plan (rule 7.2).
std::string table_options_text(const RunConfig& config);

}  // namespace prs
