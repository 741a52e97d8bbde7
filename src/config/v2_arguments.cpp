#include "config/v2_arguments.hpp"

#include "config/environment.hpp"
#include "config/yaml_text.hpp"
#include "support/trimmed.hpp"

namespace prs {
namespace {

constexpr std::size_t most_bytes = 1u << 20;          ///< as written: more than a process can be given
constexpr std::size_t most_filled_bytes = 16u << 20;  ///< with the inputs

/// What stands between "${{" at `begin` and "}}" at `end`.
std::string expression_in(std::string_view text, std::size_t begin, std::size_t end) {
  return std::string(trimmed(text.substr(begin + 3, end - begin - 3), " \t\n"));
}

class ArgumentReader {
 public:
  ArgumentReader(ReadContext& context, const Field& field, const V2Expressions& expressions)
      : context_(context), field_(field), expressions_(expressions) {}

  V2Arguments read() {
    if (field_.value.text.size() > most_bytes) {
      refuse(context_, field_, "longer than 1 MiB");
      return {};
    }
    const std::string text = marked(without_unset_groups(field_.value.text));
    const auto words = shell_words(text);
    if (!words) {
      refuse(context_, field_, found_text(field_.value) + ", where a quote is not closed");
      return {};
    }
    for (const std::string& word : *words)
      if (!fill_in(word)) break;
    return std::move(made_);
  }

 private:
  /// Takes `$[[` and `]]` away, and what is between them where one of its inputs is unset.
  std::string without_unset_groups(const std::string& text) {
    std::string rest;
    for (std::size_t at = 0;;) {
      const std::size_t begin = text.find("$[[", at);
      rest += text.substr(at, begin == std::string::npos ? begin : begin - at);
      if (begin == std::string::npos) return rest;
      const std::size_t end = text.find("]]", begin);
      if (end == std::string::npos) {
        refuse(context_, field_, found_text(field_.value) + ", where a $[[ is not closed by ]]");
        return rest;
      }
      const std::string group = text.substr(begin + 3, end - begin - 3);
      if (!has_unset(group)) rest += group;
      at = end + 2;
    }
  }

  bool has_unset(const std::string& group) const {
    for (std::size_t at = group.find("${{"); at != std::string::npos; at = group.find("${{", at + 3)) {
      const std::size_t end = group.find("}}", at);
      if (end != std::string::npos && expressions_.unset.contains(expression_in(group, at, end))) return true;
    }
    return false;
  }

  /// With a mark in the place of each expression, so that nothing in it is split. No text of a configuration has a NUL.
  std::string marked(const std::string& text) {
    std::string rest;
    for (std::size_t at = 0;;) {
      const std::size_t begin = text.find("${{", at);
      rest += text.substr(at, begin == std::string::npos ? begin : begin - at);
      if (begin == std::string::npos) return rest;
      const std::size_t end = text.find("}}", begin);
      if (end == std::string::npos) {
        refuse(context_, field_, found_text(field_.value) + ", where a ${{ is not closed by }}");
        return rest;
      }
      values_.push_back(&text_of(expression_in(text, begin, end)));
      rest += '\0' + std::to_string(values_.size() - 1) + '\0';
      at = end + 2;
    }
  }

  const std::string& text_of(const std::string& expression) {
    static const std::string nothing;
    if (const auto found = expressions_.texts.find(expression); found != expressions_.texts.end()) {
      made_.used.insert(expression);
      return found->second;
    }
    if (context_.notes.is_full()) return nothing;
    if (expressions_.unset.contains(expression)) {
      context_.notes.mistake(field_.value.place, field_.name + " has ${{" + expression +
                                                     "}}, which has no value; write $[[ … ]] around what " +
                                                     "shall vanish then, or give it one with --input " +
                                                     expression.substr(expression.find('.') + 1) + "=VALUE");
      return nothing;
    }
    const std::vector<std::string> known = some_names_of(expressions_.texts, "${{", "}}");
    context_.notes.mistake(field_.value.place, field_.name + " has the unknown expression " +
                                                   in_quotes("${{" + expression + "}}") +
                                                   nearest_hint("${{" + expression + "}}", known));
    return nothing;
  }

  /// False where there is too much of it.
  bool fill_in(const std::string& word) {
    std::string argument;
    for (std::size_t at = 0; at < word.size();) {
      if (word[at] != '\0') {
        argument += word[at++];
        continue;
      }
      const std::size_t end = word.find('\0', at + 1);
      argument += *values_[std::stoul(word.substr(at + 1, end - at - 1))];
      at = end + 1;
      if (argument.size() > bytes_left_) break;
    }
    if (argument.size() > bytes_left_) {
      refuse(context_, {field_.name, "at most 16 MiB", field_.value}, "longer than 16 MiB with its inputs filled in");
      return false;
    }
    bytes_left_ -= argument.size();
    made_.words.push_back(YamlValue::scalar_at(field_.value.place, argument, true));
    return true;
  }

  ReadContext& context_;
  const Field& field_;
  const V2Expressions& expressions_;
  std::vector<const std::string*> values_;  ///< of the expressions, in their order
  std::size_t bytes_left_ = most_filled_bytes;
  V2Arguments made_;
};

}  // namespace

V2Arguments read_program_arguments(ReadContext& context, const Field& field, const V2Expressions& expressions) {
  if (!field.value.is_scalar()) {
    refuse(context, field);
    return {};
  }
  return ArgumentReader(context, field, expressions).read();
}

}  // namespace prs
