#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/values.hpp"

namespace prs {

/// The names that `arguments` may refer to; an empty path is one whose own mistake is noted already.
struct SidePaths {
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;
};

/// Reads `arguments` and replaces what refers to side inputs and outputs (rule 2.2): `side_input:NAME` as a whole
/// argument or after `--option=`, and `${{side_inputs.NAME}}` anywhere; `$${{` stands for a literal `${{`.
std::vector<std::string> read_arguments(ReadContext& context, const Field& field, const SidePaths& sides);

/// An argument that read_arguments() leaves as it is.
std::string escaped_argument(const std::string& argument);

}  // namespace prs
