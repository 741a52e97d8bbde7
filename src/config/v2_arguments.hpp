#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/values.hpp"

namespace prs {

/// What the expressions of `program_arguments` stand for: "inputs.x" → text as a native argument has it.
struct V2Expressions {
  std::map<std::string, std::string> texts;
  std::set<std::string> unset;  ///< optional inputs without a value, as "inputs.y"
};

struct V2Arguments {
  std::vector<YamlValue> words;     ///< as native arguments
  std::set<std::string> used = {};  ///< the expressions that are in them
};

/// Splits `program_arguments` as a shell would, fills in each `${{…}}` as part of one word, and takes out each `$[[…]]`
/// that has an unset input (rule 2.4).
V2Arguments read_program_arguments(ReadContext& context, const Field& field, const V2Expressions& expressions);

}  // namespace prs
