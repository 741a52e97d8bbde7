#include "config/arguments.hpp"

#include "config/yaml_text.hpp"
#include "support/nearest_name.hpp"
#include "support/trimmed.hpp"

namespace prs {
namespace {

/// The path of a name, or a mistake.
std::string path_named(ReadContext& context, const SourcePlace& place, const std::string& argument,
                       const std::string& kind, const std::string& name,
                       const std::map<std::string, std::string>& paths) {
  const auto found = paths.find(name);
  if (found != paths.end()) return found->second;
  if (context.notes.is_full()) return "";
  context.notes.mistake(place, "the argument " + in_quotes(argument) + " names the unknown " + kind + " " +
                                   in_quotes(name) + nearest_hint(name, some_names_of(paths)));
  return "";
}

/// What stands in `${{ … }}`.
std::string expression_value(ReadContext& context, const SourcePlace& place, const std::string& argument,
                             const std::string& expression, const SidePaths& sides) {
  const std::string inputs = "side_inputs.", outputs = "side_outputs.";
  if (expression.starts_with(inputs))
    return path_named(context, place, argument, "side input", expression.substr(inputs.size()), sides.inputs);
  if (expression.starts_with(outputs))
    return path_named(context, place, argument, "side output", expression.substr(outputs.size()), sides.outputs);
  context.notes.mistake(place,
                        "the argument " + in_quotes(argument) + " has the unknown expression " + in_quotes(expression) +
                            "; allowed: ${{side_inputs.NAME}}, ${{side_outputs.NAME}}, and $${{ for a literal ${{");
  return "";
}

std::string with_expressions(ReadContext& context, const SourcePlace& place, const std::string& argument,
                             const SidePaths& sides) {
  std::string text;
  for (std::size_t at = 0; at < argument.size();) {
    if (argument.compare(at, 4, "$${{") == 0) {
      text += "${{";
      at += 4;
    } else if (argument.compare(at, 3, "${{") == 0) {
      const std::size_t end = argument.find("}}", at);
      const std::string inner = end == std::string::npos ? argument.substr(at) : argument.substr(at + 3, end - at - 3);
      text += expression_value(context, place, argument, std::string(trimmed(inner, " \t")), sides);
      at = end == std::string::npos ? argument.size() : end + 2;
    } else {
      text += argument[at++];
    }
  }
  return text;
}

std::string argument_of(ReadContext& context, const SourcePlace& place, const std::string& argument,
                        const SidePaths& sides) {
  const std::string input = "side_input:", output = "side_output:";
  // "--labels=side_input:labels" is two words in one.
  const std::size_t equals = argument.starts_with("-") ? argument.find('=') : std::string::npos;
  const std::string head = equals == std::string::npos ? "" : argument.substr(0, equals + 1);
  const std::string rest = argument.substr(head.size());
  if (rest.starts_with(input))
    return head + path_named(context, place, argument, "side input", rest.substr(input.size()), sides.inputs);
  if (rest.starts_with(output))
    return head + path_named(context, place, argument, "side output", rest.substr(output.size()), sides.outputs);
  return with_expressions(context, place, argument, sides);
}

}  // namespace

std::vector<std::string> read_arguments(ReadContext& context, const Field& field, const SidePaths& sides) {
  std::vector<std::string> arguments;
  if (!field.value.is_sequence()) {
    refuse(context, field);
    return arguments;
  }
  for (std::size_t i = 0; i < field.value.items.size(); ++i) {
    const YamlValue& item = field.value.items[i];
    if (item.is_scalar())
      arguments.push_back(argument_of(context, item.place, item.text, sides));
    else
      refuse(context, {"arguments, item " + std::to_string(i + 1) + ",", "text, and \"\" for an empty one", item});
  }
  return arguments;
}

std::string escaped_argument(const std::string& argument) {
  std::string text;
  for (std::size_t at = 0; at < argument.size(); ++at) {
    if (argument.compare(at, 3, "${{") == 0) text += '$';
    text += argument[at];
  }
  return text;
}

}  // namespace prs
