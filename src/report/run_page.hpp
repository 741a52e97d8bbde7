#pragma once

#include <string>

#include "report/run_figures.hpp"

namespace prs {

/// report.html: one file with all that it needs in it, which loads nothing from anywhere (rule 9.2).
/// `refresh_seconds`: how soon a browser looks for a newer one; 0: never.
std::string run_page(const RunFigures& figures, int refresh_seconds);

/// The same in short, for a terminal.
std::string run_summary(const RunFigures& figures);

}  // namespace prs
