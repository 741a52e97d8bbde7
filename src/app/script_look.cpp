#include "app/script_look.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace prs {
namespace {

/// A line that opens a block, which holds what is indented more than it.
struct Block {
  std::size_t indent;
  bool is_loop;
  bool is_always;  ///< its lines run whenever it is reached: a loop over items, `with`, `try`
};

std::string_view without_indent(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

bool begins_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || text[word.size()] == ' ' || text[word.size()] == ':');
}

/// Whether a text in three quotes is open behind this line, which began with one open or not.
bool is_open_behind(std::string_view line, bool is_open) {
  for (std::size_t i = 0; i + 2 < line.size(); ++i)
    if (line.substr(i, 3) == "\"\"\"" || line.substr(i, 3) == "'''") {
      is_open = !is_open;
      i += 2;
    }
  return is_open;
}

class ScriptLook {
 public:
  /// True: this line of run() prints for each item.
  bool take(std::string_view line) {
    const bool was_open = std::exchange(is_in_quotes_, is_open_behind(line, is_in_quotes_));
    const std::string_view text = without_indent(line);
    if (was_open || text.empty() || text[0] == '#') return false;
    const std::size_t indent = line.size() - text.size();
    while (!blocks_.empty() && indent <= blocks_.back().indent) blocks_.pop_back();
    if (indent == 0 && blocks_.empty() && !text.starts_with("def run(")) return false;
    if (indent == 0) return open(indent, text);
    if (blocks_.empty()) return false;
    if (text.starts_with("print(")) return prints_for_each();
    return open(indent, text);
  }

 private:
  bool open(std::size_t indent, std::string_view text) {
    const bool is_loop = begins_with_word(text, "for");
    const bool is_run = indent == 0;
    const bool is_always = is_loop || is_run || begins_with_word(text, "with") || begins_with_word(text, "try");
    // Of a line that opens no block nothing is indented more.
    blocks_.push_back({indent, is_loop, is_always});
    return false;
  }
  bool prints_for_each() const {
    const auto is_always = [](const Block& block) { return block.is_always; };
    const auto is_loop = [](const Block& block) { return block.is_loop; };
    return std::all_of(blocks_.begin(), blocks_.end(), is_always) &&
           std::any_of(blocks_.begin(), blocks_.end(), is_loop);
  }

  std::vector<Block> blocks_;  ///< from run() to the line before
  bool is_in_quotes_ = false;
};

}  // namespace

std::optional<std::size_t> line_that_prints_for_each_item(std::string_view script) {
  ScriptLook look;
  for (std::size_t number = 1; !script.empty(); ++number) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    if (look.take(script.substr(0, end))) return number;
    script.remove_prefix(std::min(end + 1, script.size()));
  }
  return std::nullopt;
}

}  // namespace prs
