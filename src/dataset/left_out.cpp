#include "dataset/left_out.hpp"

#include <cstdio>

#include "dataset/input_path.hpp"

namespace prs {
namespace {
struct Words {
  const char* one;
  const char* many;
};
constexpr Words words[] = {{"broken symbolic link", "broken symbolic links"},
                           {"socket, pipe or device", "sockets, pipes or devices"},
                           {"link that leads back to a folder above it", "links that lead back to a folder above them"},
                           {"hidden entry", "hidden entries"},
                           {"run folder", "run folders"}};
constexpr LeftOut::Reason worth_a_warning[] = {LeftOut::Reason::broken_link, LeftOut::Reason::special,
                                               LeftOut::Reason::loop};

std::string counted(std::uint64_t count, std::size_t kind) {
  return std::to_string(count) + " " + (count == 1 ? words[kind].one : words[kind].many);
}
}  // namespace

LeftOutFolder::LeftOutFolder(const std::string& path) {
  if (path.empty()) return;
  path_ = normal_path(path);
  const FolderChain chain = open_chain(path_);
  if (chain.error == 0) id_ = chain.ids.back();
}

bool LeftOutFolder::is_at(std::string_view path) const {
  if (path.ends_with('/')) path.remove_suffix(1);
  return !path_.empty() && path == path_;
}

bool LeftOutFolder::holds(const std::string& path, const FolderChain& chain) const {
  if (path_.empty()) return false;
  if (is_at(path) || path.starts_with(path_ + "/")) return true;
  for (const FolderId& id : chain.ids)
    if (is(id)) return true;
  return false;
}

void LeftOut::add(Reason reason, std::string_view folder, std::string_view name) {
  Kind& kind = kinds_[static_cast<std::size_t>(reason)];
  if (kind.count++ == 0) kind.first = std::string(folder) + std::string(name);
}

void LeftOut::add_warnings(const std::string& input, const std::string& root,
                           std::vector<std::string>& warnings) const {
  for (const Reason reason : worth_a_warning) {
    const auto index = static_cast<std::size_t>(reason);
    const Kind& kind = kinds_[index];
    if (kind.count == 0) continue;
    warnings.push_back("input '" + input + "': " + counted(kind.count, index) + " left out under " + printable(root) +
                       ", the first: " + printable(kind.first));
  }
}

std::string LeftOut::summary() const {
  std::string text;
  for (std::size_t index = 0; index < std::size(kinds_); ++index)
    if (kinds_[index].count > 0) text += (text.empty() ? " (left out: " : ", ") + counted(kinds_[index].count, index);
  return text.empty() ? text : text + ")";
}

std::string printable(std::string_view path) {
  std::string text;
  for (const char character : path) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n') {
      text += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", byte);
      text += code;
    } else {
      text += character;
    }
  }
  return text;
}

}  // namespace prs
