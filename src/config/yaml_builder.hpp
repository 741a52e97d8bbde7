#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_document.hpp"

namespace prs {

/// Builds a YamlValue from yaml-cpp's events; parse_yaml()'s only. Counts what it makes, copies of aliases included, so
/// that no document grows beyond its limits; refuses merge keys, keys that are no text, unknown tags and doubled keys.
class YamlBuilder : public YAML::EventHandler {
 public:
  /// Thrown where going on has no sense.
  struct Stop {
    SourcePlace place;
    std::string message;
  };

  YamlBuilder(std::string_view text, int source, Notes& notes, bool has_lines);
  /// The root; once, after the document ended.
  YamlValue take() { return std::move(root_); }
  /// Columns count characters, not bytes.
  SourcePlace place_of(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  /// A collection that is not over yet; for a mapping, the key that waits for its value.
  struct Open {
    YamlValue value;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool is_key_usable = false;
    std::string key;
    SourcePlace key_place;
  };

  void open(YamlValue::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void add(YamlValue value, YAML::anchor_t anchor);
  void take_key(Open& mapping, const YamlValue& key);
  void remove_doubled_keys(YamlValue& mapping);
  void charge(const YamlValue& value);

  std::string_view text_;
  std::vector<std::size_t> line_starts_;
  int source_;
  Notes& notes_;
  bool has_lines_;
  YamlValue root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlValue> anchors_;
  std::size_t values_ = 0;
  std::size_t copied_bytes_ = 0;
};

}  // namespace prs
