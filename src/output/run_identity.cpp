#include "output/run_identity.hpp"

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

using Json = nlohmann::json;

constexpr int version = 1;

std::string hexadecimal(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return std::string(16 - static_cast<std::size_t>(end - digits), '0') + std::string(digits, end);
}

std::uint64_t number_of(const std::string& digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    throw std::invalid_argument("'" + digits + "' is no hexadecimal number");
  return value;
}

/// JSON holds UTF-8 only, and a path may be anything: what is no UTF-8 stands as {"bytes": [102, 255]}.
Json json_of(const std::string& text) {
  Json plain(text);
  try {
    (void)plain.dump();
    return plain;
  } catch (const Json::type_error&) {
    Json bytes = Json::array();
    for (const char byte : text) bytes.push_back(static_cast<unsigned char>(byte));
    return {{"bytes", std::move(bytes)}};
  }
}

/// A damaged file may hold any number: what does not fit is refused, never converted.
template <typename Number>
Number whole_number_of(const Json& value) {
  if (value.is_number_unsigned())
    if (const auto number = value.get<std::uint64_t>(); std::in_range<Number>(number))
      return static_cast<Number>(number);
  throw std::invalid_argument("a number is not one of those that it can be: " + value.dump());
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  for (const Json& byte : value.at("bytes")) text += static_cast<char>(whole_number_of<std::uint8_t>(byte));
  return text;
}

std::map<std::string, std::vector<std::string>> words_of(const Json& lists) {
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& [name, list] : lists.items()) {
    std::vector<std::string>& words = all[name];
    for (const Json& word : list) words.push_back(text_of(word));
  }
  return all;
}

RunIdentity parse(const std::string& bytes) {
  const Json file = Json::parse(bytes);
  if (const int found = whole_number_of<int>(file.at("version")); found != version)
    throw std::invalid_argument("it has version " + std::to_string(found) + ", this program reads version " +
                                std::to_string(version));
  RunIdentity identity;
  identity.name = text_of(file.at("name"));
  identity.plan_fingerprint = number_of(file.at("plan_fingerprint").get<std::string>());
  identity.starts = whole_number_of<std::uint32_t>(file.at("starts"));
  for (const auto& [name, value] : file.at("settled").items()) identity.settled[name] = text_of(value);
  // Older programs wrote neither of these.
  if (file.contains("words")) identity.words = words_of(file.at("words"));
  if (file.contains("launch")) {
    const Json& launch = file.at("launch");
    identity.launch = {text_of(launch.at("launcher")), whole_number_of<std::uint32_t>(launch.at("first_start"))};
  }
  return identity;
}

std::string shown(const std::map<std::string, std::string>& settled, const std::string& name) {
  const auto found = settled.find(name);
  return found == settled.end() ? "not given" : "[" + found->second + "]";
}

std::string shown(const std::vector<std::string>& words) {
  return Json(words).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// "arguments: was [--a 1], is [--a 2]"; nothing where it is the same. Word for word where both know the words.
std::string difference_in(const std::string& name, const RunIdentity& was, const RunIdentity& is) {
  const std::string text_was = shown(was.settled, name), text_is = shown(is.settled, name);
  const auto words_were = was.words.find(name), words_are = is.words.find(name);
  const bool has_words = words_were != was.words.end() && words_are != is.words.end();
  if (has_words ? words_were->second == words_are->second : text_was == text_is) return {};
  if (text_was != text_is) return name + ": was " + text_was + ", is " + text_is;
  return name + ": was " + shown(words_were->second) + ", is " + shown(words_are->second);
}

}  // namespace

std::optional<RunIdentity> load_run_identity(const std::string& path) {
  std::error_code error;
  if (std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found) return std::nullopt;
  try {
    return parse(read_file(path));
  } catch (const InfrastructureError&) {
    throw;
  } catch (const std::exception& cause) {
    throw InfrastructureError(
        path + ": this file says which run the folder is of, and cannot be understood: " + cause.what() +
        "; use the program that wrote it, put the file back from a copy, or start the run anew with "
        "--overwrite or in another output folder");
  }
}

void save_run_identity(const std::string& path, const RunIdentity& identity) {
  Json settled = Json::object();
  for (const auto& [name, value] : identity.settled) settled[name] = json_of(value);
  Json words = Json::object();
  for (const auto& [name, list] : identity.words) {
    words[name] = Json::array();
    for (const std::string& word : list) words[name].push_back(json_of(word));
  }
  const Launch& launch = identity.launch;
  const Json file = {{"version", version},
                     {"name", json_of(identity.name)},
                     {"plan_fingerprint", hexadecimal(identity.plan_fingerprint)},
                     {"settled", std::move(settled)},
                     {"words", std::move(words)},
                     {"launch", {{"launcher", json_of(launch.launcher)}, {"first_start", launch.first_start}}},
                     {"starts", identity.starts}};
  make_folders(std::filesystem::absolute(path).parent_path().string());
  write_file_atomically(path, file.dump(2) + "\n");
}

std::vector<std::string> differences(const RunIdentity& was, const RunIdentity& is) {
  std::map<std::string, std::string> all = was.settled;
  all.insert(is.settled.begin(), is.settled.end());
  std::vector<std::string> lines;
  for (const auto& [name, value] : all)
    if (std::string line = difference_in(name, was, is); !line.empty()) lines.push_back(std::move(line));
  if (lines.empty() && was.plan_fingerprint != is.plan_fingerprint)
    lines.push_back("input: other items than before were found at the same places (plan " +
                    hexadecimal(was.plan_fingerprint) + ", is " + hexadecimal(is.plan_fingerprint) + ")");
  return lines;
}

}  // namespace prs
