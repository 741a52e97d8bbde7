#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// What logs/job_result.txt says, taken apart (run_result.hpp writes it). Empty fields: it does not say so.
struct EndedText {
  std::string name, description;
  std::string ended;  ///< "completed (exit status 0)", or "not yet; started …"
  std::string why, rows, items;
  std::vector<std::string> warnings, advice;
  std::string next_step;  ///< without the command: in that may stand what the page does not show

  bool has_ended() const { return !ended.empty() && !ended.starts_with("not yet"); }
};

EndedText ended_text_of(std::string_view job_result);

}  // namespace prs
