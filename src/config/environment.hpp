#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/values.hpp"

namespace prs {

/// Reads `environment` (rule 4.7). A form that only the cloud knows gives one warning and nothing: then the default
/// holds.
struct EnvironmentRead {
  Environment environment;
  bool was_relative = false;
};
std::optional<EnvironmentRead> read_environment(ReadContext& context, const Field& field);

/// The YAML text, in flow style; paths as path_text() gives them for a file in `folder`.
std::string environment_text(const Environment& environment, const std::string& folder, bool is_relative);

/// Words as a shell splits them: quotes and backslashes, nothing filled in. Nothing where a quote is not closed.
std::optional<std::vector<std::string>> shell_words(const std::string& text);

/// Reads `environment_variables`.
std::optional<std::map<std::string, std::string>> read_environment_variables(ReadContext& context, const Field& field);

}  // namespace prs
