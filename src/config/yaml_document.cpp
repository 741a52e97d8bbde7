#include "config/yaml_document.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "config/yaml_builder.hpp"
#include "config/yaml_text.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t most_bytes = 16u << 20;
/// yaml-cpp keeps the tokens of a flow collection in memory until it ends, about 180 bytes for each of these
/// characters.
constexpr std::size_t most_indicators = 500'000;

/// The line and column of a byte of the text.
SourcePlace place_of_byte(std::string_view text, std::size_t at, int source) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
                                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) +
                      1;
  return {source, static_cast<int>(line), static_cast<int>(column)};
}

/// What yaml-cpp must never be shown: bytes it takes for an end of file, other encodings, and floods of indicators.
/// The message, and the byte that it is about.
struct TextFlaw {
  std::size_t at;
  std::string message;
};

std::optional<TextFlaw> find_flaw(std::string_view text) {
  if (text.size() > most_bytes)
    return TextFlaw{0, "is larger than 16 MiB; name a folder or a glob instead of many files"};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return TextFlaw{0, "is UTF-16; save it as UTF-8"};
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')
      return TextFlaw{at, "found the control character " + in_quotes(text.substr(at, 1)) +
                              "; allowed: text, with such characters written as \"\\x01\" in double quotes"};
  }
  if (const auto at = first_invalid_utf8(text))
    return TextFlaw{
        *at, "found the byte " + in_quotes(text.substr(*at, 1)) + ", which is not UTF-8; save the file as UTF-8"};
  const auto is_indicator = [](char c) { return std::strchr("[]{},:?&*!%", c) != nullptr; };
  if (static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_indicator)) > most_indicators)
    return TextFlaw{
        0, "has more than 500000 of the characters []{},:?&*!%; name a folder or a glob instead of many files"};
  return std::nullopt;
}

/// Lets the parser start a second document only to say that there is one.
class SecondDocument : public YAML::EventHandler {
 public:
  struct Found {
    YAML::Mark mark;
  };
  void OnDocumentStart(const YAML::Mark& mark) override { throw Found{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

std::string reason_of(const YAML::Exception& error) {
  if (dynamic_cast<const YAML::DeepRecursion*>(&error)) return "values are nested too deeply";
  return "is not valid YAML: " + error.msg;
}

}  // namespace

const YamlValue* YamlValue::find(std::string_view key) const {
  for (const YamlEntry& entry : entries)
    if (entry.key == key) return entry.value.is_null() ? nullptr : &entry.value;
  return nullptr;
}

void YamlValue::set(const std::string& key, YamlValue value) {
  std::erase_if(entries, [&](const YamlEntry& entry) { return entry.key == key; });
  const SourcePlace at = value.place;
  entries.push_back({key, at, std::move(value), {}});
}

YamlValue YamlValue::scalar_at(const SourcePlace& place, std::string text, bool is_plain) {
  YamlValue value;
  value.kind = Kind::scalar;
  value.is_plain = is_plain;
  value.place = place;
  value.text = std::move(text);
  return value;
}

YamlValue YamlValue::mapping_at(const SourcePlace& place) {
  YamlValue value;
  value.kind = Kind::mapping;
  value.place = place;
  return value;
}

std::optional<YamlValue> parse_yaml(std::string_view text, int source, Notes& notes, bool has_lines) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto flaw = find_flaw(text)) {
    notes.mistake(has_lines ? place_of_byte(text, flaw->at, source) : SourcePlace{source}, flaw->message);
    return std::nullopt;
  }
  std::istringstream stream{std::string(text)};
  YamlBuilder builder(text, source, notes, has_lines);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return YamlValue{};
    SecondDocument second;
    parser.HandleNextDocument(second);
  } catch (const SecondDocument::Found& found) {
    notes.mistake(builder.place_of(found.mark), "a second document begins here; allowed: one document in a file");
    return std::nullopt;
  } catch (const YamlBuilder::Stop& stop) {
    notes.mistake(stop.place, stop.message);
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    notes.mistake(builder.place_of(error.mark), reason_of(error));
    return std::nullopt;
  }
  return builder.take();
}

std::optional<YamlValue> read_yaml_file(const std::string& path, int source, Notes& notes) {
  const SourcePlace nowhere{source};
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    notes.mistake(nowhere, std::string("cannot open the file: ") + std::strerror(errno));
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    notes.mistake(nowhere, S_ISDIR(status.st_mode) ? "is a folder; allowed: a YAML file"
                                                   : "is not a regular file; allowed: a YAML file");
    return std::nullopt;
  }
  try {
    // One byte more than is allowed, so that a file that is too large is known without reading all of it.
    std::string text(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), most_bytes) + 1, '\0');
    text.resize(pread_some(fd.get(), text, 0, path));
    return parse_yaml(text, source, notes);
  } catch (const InfrastructureError& error) {
    notes.mistake(nowhere, error.what());
    return std::nullopt;
  }
}

}  // namespace prs
