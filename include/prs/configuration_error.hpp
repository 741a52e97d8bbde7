#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace prs {

/// One mistake in a configuration: where, what was found, what is allowed. Line and column count from 1; 0 is unknown
/// (then `file` may be a command-line option).
struct ConfigurationMistake {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  bool operator==(const ConfigurationMistake&) const = default;
  /// "config.yaml:7:3: unknown key …"
  std::string text() const;
};

/// All mistakes of a configuration (rule 2.6); `what()` has one per line.
class ConfigurationError : public std::runtime_error {
 public:
  explicit ConfigurationError(std::vector<ConfigurationMistake> mistakes);
  const std::vector<ConfigurationMistake>& mistakes() const { return mistakes_; }

 private:
  std::vector<ConfigurationMistake> mistakes_;
};

}  // namespace prs
