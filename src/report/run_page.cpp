#include "report/run_page.hpp"

#include <map>
#include <string_view>

#include "report/html.hpp"
#include "report/page_data.hpp"
#include "report/page_files.hpp"
#include "report/page_sections.hpp"
#include "report/page_words.hpp"

namespace prs {
namespace {

/// Each {{name}} becomes its value, in which nothing is replaced.
std::string filled_in(std::string_view text, const std::map<std::string_view, std::string_view>& values) {
  std::string filled;
  for (std::size_t begin; (begin = text.find("{{")) != std::string_view::npos;) {
    const std::size_t end = text.find("}}", begin);
    filled.append(text.substr(0, begin)).append(values.at(text.substr(begin + 2, end - begin - 2)));
    text.remove_prefix(end + 2);
  }
  return filled.append(text);
}

}  // namespace

std::string run_page(const RunFigures& figures, int refresh_seconds) {
  std::string body;
  for (const auto section : {header_section, progress_section, workers_section, time_section, run_times_section,
                             failures_section, tries_section, nodes_section, profile_section, config_section})
    body += section(figures);
  const std::string title = html_of(title_of(figures)) + " - " + std::string(word_of(state_of(figures))) + " - prs_mpi";
  const std::string refresh =
      refresh_seconds > 0 ? "<meta http-equiv=\"refresh\" content=\"" + std::to_string(refresh_seconds) + "\">" : "";
  const std::string data = json_in_html(page_data(figures, refresh_seconds));
  return filled_in(page_template, {{"title", title},
                                   {"refresh", refresh},
                                   {"style", page_style},
                                   {"body", body},
                                   {"data", data},
                                   {"chart_js", chart_js},
                                   {"script", page_script}});
}

}  // namespace prs
