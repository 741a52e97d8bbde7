#pragma once

#include <string>

#include "report/run_figures.hpp"

namespace prs {

// The parts of the page, each a <section> of HTML; empty where the run has nothing to show in it. All numbers stand in
// tables, so that the page can be read without scripts. What users' files and scripts said is escaped.

std::string header_section(const RunFigures& figures);
std::string progress_section(const RunFigures& figures);
std::string workers_section(const RunFigures& figures);
std::string time_section(const RunFigures& figures);
std::string run_times_section(const RunFigures& figures);
std::string failures_section(const RunFigures& figures);
std::string tries_section(const RunFigures& figures);
std::string nodes_section(const RunFigures& figures);
std::string profile_section(const RunFigures& figures);
std::string config_section(const RunFigures& figures);

}  // namespace prs
