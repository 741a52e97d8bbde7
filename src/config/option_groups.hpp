#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/option_codecs.hpp"
#include "config/option_table.hpp"

namespace prs {

/// The parts of the option table; option_table()'s only.
std::vector<Option> run_options();
std::vector<Option> input_options();
/// Those of an input that say what it is, and what its tables are.
std::vector<Option> table_options();
std::vector<Option> model_options();
std::vector<Option> parallel_options();

// What the parts are made of.

inline Default required() {
  return {"required", {}, true};
}
/// A value as YAML, which people read as it is.
inline Default default_value(const std::string& yaml) {
  return {yaml, yaml};
}
/// No value that holds in every run.
inline Default default_words(const std::string& text) {
  return {text};
}

/// What people read about a key.
struct Words {
  std::string key, type;
  Default if_absent;
  std::string sentence;
  std::string example = {};
};

template <class Config>
Option option(const std::string& group, Words words, Codec<Config> codec) {
  Option made;
  made.group = group;
  made.key = std::move(words.key);
  made.type = std::move(words.type);
  made.if_absent = std::move(words.if_absent);
  made.sentence = std::move(words.sentence);
  made.example = std::move(words.example);
  made.allowed = std::move(codec.allowed);
  made.schema = std::move(codec.schema);
  made.access = Access<Config>{std::move(codec.read), std::move(codec.text)};
  return made;
}

}  // namespace prs
