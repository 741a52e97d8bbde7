#include "config/yaml_builder.hpp"

#include <yaml-cpp/binary.h>

#include <algorithm>
#include <unordered_map>

#include "config/yaml_text.hpp"

namespace prs {
namespace {

/// YAML::DecodeBase64 of yaml-cpp 0.7 reads outside of its table for any other byte.
bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr std::size_t deepest = 64;
constexpr std::size_t most_values = 300'000;
constexpr std::size_t most_copied_bytes = 16u << 20;
constexpr const char* core_tag = "tag:yaml.org,2002:";

bool is_core(const std::string& tag, const char* name) {
  return tag == std::string(core_tag) + name;
}

}  // namespace

YamlBuilder::YamlBuilder(std::string_view text, int source, Notes& notes, bool has_lines)
    : text_(text), source_(source), notes_(notes), has_lines_(has_lines) {
  line_starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    line_starts_.push_back(at + 1);
}

SourcePlace YamlBuilder::place_of(const YAML::Mark& mark) const {
  if (!has_lines_ || mark.is_null() || mark.line < 0) return {source_};
  const auto line = static_cast<std::size_t>(mark.line);
  auto column = static_cast<std::size_t>(mark.column);
  // A very long line is not counted anew for each of its values.
  if (line < line_starts_.size() && column < 4096) {
    const std::string_view before = text_.substr(line_starts_[line], column);
    column = static_cast<std::size_t>(std::count_if(
        before.begin(), before.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }
  return {source_, static_cast<int>(line) + 1, static_cast<int>(column) + 1};
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  YamlValue value;
  value.place = place_of(mark);
  charge(value);
  add(std::move(value), anchor);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  YamlValue value = YamlValue::scalar_at(place_of(mark), text, tag == "?");
  charge(value);
  if (is_core(tag, "int") || is_core(tag, "float") || is_core(tag, "bool")) {
    value.is_plain = true;
  } else if (is_core(tag, "null")) {
    value = YamlValue{};
    value.place = place_of(mark);
  } else if (is_core(tag, "binary")) {
    const std::vector<unsigned char> bytes = is_ascii(text) ? YAML::DecodeBase64(text) : std::vector<unsigned char>();
    if (bytes.empty() && !text.empty()) notes_.mistake(value.place, "found !!binary with a text that is not base64");
    value.text.assign(bytes.begin(), bytes.end());
  } else if (tag != "?" && tag != "!" && !tag.empty() && !is_core(tag, "str")) {
    notes_.mistake(value.place, "the tag " + in_quotes(tag) + " is not supported by this version; allowed: no tag");
  }
  if (value.text.find('\0') != std::string::npos) {
    notes_.mistake(value.place, "the text " + in_quotes(value.text) + " has a NUL character; allowed: any other");
    std::erase(value.text, '\0');
  }
  add(std::move(value), anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw Stop{place_of(mark), "this alias stands inside of the value that it names"};
  charge(found->second);
  YamlValue copy = found->second;
  copy.place = place_of(mark);
  add(std::move(copy), 0);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  open(YamlValue::Kind::sequence, mark, tag, anchor);
}

void YamlBuilder::OnSequenceEnd() {
  close();
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(YamlValue::Kind::mapping, mark, tag, anchor);
}

void YamlBuilder::OnMapEnd() {
  remove_doubled_keys(open_.back().value);
  close();
}

void YamlBuilder::open(YamlValue::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  Open opened;
  opened.value.kind = kind;
  opened.value.place = place_of(mark);
  opened.anchor = anchor;
  charge(opened.value);
  const bool is_mapping = kind == YamlValue::Kind::mapping;
  if (tag != "?" && tag != "!" && !tag.empty() && !is_core(tag, is_mapping ? "map" : "seq"))
    notes_.mistake(opened.value.place,
                   "the tag " + in_quotes(tag) + " is not supported by this version; allowed: no tag");
  if (open_.size() >= deepest) throw Stop{opened.value.place, "values are nested too deeply; allowed: 64 levels"};
  open_.push_back(std::move(opened));
}

void YamlBuilder::close() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  add(std::move(closed.value), closed.anchor);
}

void YamlBuilder::add(YamlValue value, YAML::anchor_t anchor) {
  if (anchor != 0) {
    charge(value);
    anchors_[anchor] = value;
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Open& parent = open_.back();
  if (parent.value.is_sequence()) {
    parent.value.items.push_back(std::move(value));
  } else if (!parent.has_key) {
    take_key(parent, value);
  } else {
    parent.has_key = false;
    if (parent.is_key_usable)
      parent.value.entries.push_back({std::move(parent.key), parent.key_place, std::move(value), {}});
  }
}

void YamlBuilder::take_key(Open& mapping, const YamlValue& key) {
  mapping.has_key = true;
  mapping.key = key.text;
  mapping.key_place = key.place;
  mapping.is_key_usable = false;
  if (!key.is_scalar())
    notes_.mistake(key.place, std::string("found ") +
                                  (key.is_null()       ? "null"
                                   : key.is_sequence() ? "a list"
                                                       : "a mapping") +
                                  " as a key; allowed: text");
  else if (key.is_plain && key.text == "<<")
    notes_.mistake(key.place, "merge keys ('<<') are not supported by this version; write the keys out");
  else
    mapping.is_key_usable = true;
}

void YamlBuilder::remove_doubled_keys(YamlValue& mapping) {
  if (mapping.entries.size() < 2) return;
  std::unordered_map<std::string, std::size_t> last_of;
  std::vector<bool> is_older(mapping.entries.size(), false);
  for (std::size_t i = 0; i < mapping.entries.size(); ++i) {
    const YamlEntry& entry = mapping.entries[i];
    const auto [found, is_new] = last_of.emplace(entry.key, i);
    if (is_new) continue;
    const SourcePlace& first = mapping.entries[found->second].key_place;
    notes_.mistake_or_warning(entry.key_place,
                              "the key " + in_quotes(entry.key) + " is doubled" +
                                  (first.line > 0 ? ": it stands in line " + std::to_string(first.line) + " too" : "") +
                                  "; allowed: once");
    is_older[found->second] = true;
    found->second = i;
  }
  if (last_of.size() == mapping.entries.size()) return;
  std::vector<YamlEntry> kept;
  for (std::size_t i = 0; i < mapping.entries.size(); ++i)
    if (!is_older[i]) kept.push_back(std::move(mapping.entries[i]));
  mapping.entries = std::move(kept);
}

/// Counts a value and what is below it before it is made or copied.
void YamlBuilder::charge(const YamlValue& value) {
  copied_bytes_ += value.text.size();
  if (++values_ > most_values)
    throw Stop{value.place, "has more than 300000 values, those of aliases included; name a folder or a glob instead"};
  if (copied_bytes_ > 2 * most_copied_bytes)
    throw Stop{value.place, "has more than 32 MiB of text, that of aliases included"};
  for (const YamlValue& item : value.items) charge(item);
  for (const YamlEntry& entry : value.entries) {
    copied_bytes_ += entry.key.size();
    charge(entry.value);
  }
}

}  // namespace prs
