#include "prs/configuration_error.hpp"

namespace prs {
namespace {

std::string text_of_all(const std::vector<ConfigurationMistake>& mistakes) {
  std::string text;
  for (const ConfigurationMistake& mistake : mistakes) {
    if (!text.empty()) text += '\n';
    text += mistake.text();
  }
  return text;
}

}  // namespace

std::string ConfigurationMistake::text() const {
  if (line <= 0) return file + ": " + message;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

ConfigurationError::ConfigurationError(std::vector<ConfigurationMistake> mistakes)
    : std::runtime_error(text_of_all(mistakes)), mistakes_(std::move(mistakes)) {}

}  // namespace prs
