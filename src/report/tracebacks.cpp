#include "report/tracebacks.hpp"

#include <string_view>

#include "report/tries_file.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::uint64_t most_file_bytes = 64 << 20;
constexpr std::size_t most_bytes = 16 << 10;

struct Enough {};  // ends the reading

/// "2026-03-01T12:00:00.125Z mini-batch 17, try 1, RUN_EXCEPTION: …": where an entry begins (farm/worker_results).
bool begins_entry(std::string_view line) {
  const std::size_t blank = line.find(' ');
  return blank != std::string_view::npos && blank >= 20 && line[blank - 1] == 'Z' &&
         line.substr(blank + 1).starts_with("mini-batch ");
}

class Finder {
 public:
  Finder(std::uint64_t mini_batch, std::uint32_t dequeue_count)
      : wanted_("mini-batch " + std::to_string(mini_batch) + ", try " + std::to_string(dequeue_count) + ",") {}
  void take(std::string_view lines) {
    for (std::size_t end; (end = lines.find('\n')) != std::string_view::npos; lines.remove_prefix(end + 1)) {
      const std::string_view line = lines.substr(0, end);
      if (!begins_entry(line)) {
        if (is_inside_) text_.append(line) += '\n';
        continue;
      }
      if (is_inside_) throw Enough();
      is_inside_ = line.substr(line.find(' ') + 1).starts_with(wanted_);
    }
    if (text_.size() > most_file_bytes) throw Enough();
  }
  std::string text() const {
    const std::string text = text_.substr(0, text_.find_last_not_of('\n') + 1);
    if (text.size() <= most_bytes) return text;
    return text.substr(0, most_bytes / 4) + "\n[…]\n" + text.substr(text.size() - most_bytes * 3 / 4);
  }

 private:
  std::string wanted_, text_;
  bool is_inside_ = false;
};

}  // namespace

std::string find_traceback(const std::string& error_file, std::uint64_t mini_batch, std::uint32_t dequeue_count) {
  Finder finder(mini_batch, dequeue_count);
  try {
    read_whole_lines(error_file, [&finder](std::string_view lines, std::uint64_t offset_bytes) {
      if (offset_bytes > most_file_bytes) throw Enough();
      finder.take(lines);
    });
  } catch (const Enough&) {
    // It is whole.
  } catch (const InfrastructureError&) {
    return {};
  }
  return finder.text();
}

}  // namespace prs
