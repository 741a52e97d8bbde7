#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/v2_step.hpp"

namespace prs {

/// Keys that have no meaning here, of one kind. They get one warning together, which says what is used instead.
class Meaningless {
 public:
  void add(const SourcePlace& place, const std::string& name);
  /// "no meaning here: 'compute'; the job runs …"
  void note(Notes& notes, const std::string& what, const std::string& instead) const;

 private:
  SourcePlace first_;
  std::vector<std::string> names_;
};

/// An input or an output of a step: what the component says of it, and what the step or the command line gives it.
struct V2Port {
  SourcePlace place;
  std::string type = {};  ///< uri_folder, number and so on; empty: not said
  YamlValue value = {};   ///< the path, or the text of what is no data; null: unset. A list of paths, if given so
  bool is_path = false;   ///< the value stood under `path`
  bool is_optional = false;
  bool is_given = false;    ///< by the command line, or by a native file
  bool is_broken = false;   ///< what is wrong with its value is noted
  std::string parent = {};  ///< the pipeline's own, where it refers to one

  bool is_data() const;
  bool is_model() const { return type.ends_with("_model"); }
  bool is_set() const { return !value.is_null(); }
};
using V2Ports = std::map<std::string, V2Port>;

/// What reading the ports of one step finds without meaning.
struct UnusedOfPorts {
  Meaningless modes;
  Meaningless paths_of_outputs;
};

/// The inputs of a step. `given` are paths of the command line or of a native file, by the name of the input or
/// of the pipeline's. An input that needs a value and has none is a mistake, but for the one named
/// `needless`, as is one that only the cloud can read.
V2Ports read_v2_inputs(ReadContext& context, const V2Step& step, const std::map<std::string, YamlValue>& given,
                       const std::string& needless, UnusedOfPorts& unused);
V2Ports read_v2_outputs(ReadContext& context, const V2Step& step, UnusedOfPorts& unused);

/// The name in an expression like `${{inputs.x}}` that is all of a text, for the scope "inputs."; else empty.
std::string name_in_expression(const std::string& text, const std::string& scope);

}  // namespace prs
