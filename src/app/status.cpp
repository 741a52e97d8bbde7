#include "app/status.hpp"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "app/preparation.hpp"
#include "app/run_look.hpp"
#include "app/slices_look.hpp"
#include "report/report.hpp"
#include "support/speech.hpp"
#include "support/utc_text.hpp"

namespace prs {
namespace {

constexpr std::chrono::seconds between_words{1}, between_plain_lines{10};

/// The live line of a run that goes on elsewhere: on a terminal always the same line, else one every ten seconds.
void follow(RunLook& run, RunStatus& status, bool is_json) {
  const auto columns = static_cast<std::size_t>(terminal_columns(STDOUT_FILENO));
  const auto interval = columns > 0 || is_json ? between_words : between_plain_lines;
  auto next_line = std::chrono::steady_clock::now();
  bool has_live_line = false;
  for (; !status.is_over(); status = run.look()) {
    if (const auto now = std::chrono::steady_clock::now(); now >= next_line) {
      next_line = now + interval;
      if (is_json)
        print(json_of(status, -1));
      else if (columns > 0)
        print("\r" + watch_line(status, columns - 1) + "\x1b[K");
      else
        print(watch_line(status, std::string::npos) + "\n");
      has_live_line = columns > 0 && !is_json;
    }
    std::this_thread::sleep_for(between_looks);
  }
  if (has_live_line) print("\r\x1b[K");
}

/// Of slices that no join has put together yet.
ExitStatus show_slices(const CommandLine& line, SlicesLook run) {
  SlicesStatus status = run.look();
  std::string last_line;
  for (; line.is_watching && status.is_going_on(); status = run.look()) {
    const std::string text = line.is_json ? json_of(status, -1) : slices_line(status) + "\n";
    if (text != last_line) print(text);
    last_line = text;
    std::this_thread::sleep_for(between_words);
  }
  print(line.is_json ? json_of(status, line.is_watching ? -1 : 1) : status_text(status));
  return exit_status_of(status);
}

}  // namespace

ExitStatus show_status(const CommandLine& line) {
  const RunFolder folder = run_folder_at(line.folder);
  if (has_slices_alone(folder)) return show_slices(line, SlicesLook(folder));
  RunLook run(folder);
  RunStatus status = run.look();
  if (line.is_watching) follow(run, status, line.is_json);
  print(line.is_json ? json_of(status, line.is_watching ? -1 : 1) : status_text(status, unix_nanoseconds_now()));
  return exit_status_of(status);
}

}  // namespace prs
