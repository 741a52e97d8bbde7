#pragma once

#include <string_view>

namespace prs {

// What the page is made of beside a run's own figures: the files of src/report/page, and Chart.js. Made by
// cmake/embed.cmake.
extern const std::string_view page_template, page_style, page_script, chart_js;

}  // namespace prs
