#pragma once

#include <string>
#include <vector>

namespace prs {

/// What happens to a key of a v2 step or component.
enum class V2Use {
  renamed,  ///< it is `native` in parallel_run_config
  own,      ///< it is read by itself
  label,    ///< it names or describes the step, for people and for the cloud's lists
  cloud     ///< it says where the cloud runs the step
};
/// One key of the v2 form (rule 2.4), with what it is here.
struct V2Key {
  const char* within;  ///< the mapping that it stands in, empty for the step itself
  const char* key;
  V2Use use;
  const char* native = "";
};

/// The keys of a mapping of the step; of the step itself where `within` is empty.
std::vector<std::string> v2_keys_within(const std::string& within);
/// nullptr where there is no such key.
const V2Key* find_v2_key(const std::string& within, const std::string& name);

}  // namespace prs
