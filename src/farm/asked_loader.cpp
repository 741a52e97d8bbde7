#include "farm/asked_loader.hpp"

#include <poll.h>

#include <utility>
#include <vector>

#include "dataset/quote_scan.hpp"
#include "support/clock.hpp"

namespace prs {

AskedLoader::AskedLoader(const ScriptSettings& settings) : settings_(settings), loader_(settings, Clock::now()) {}

TableLoad AskedLoader::load(const TableItems& items) {
  loader_.ask(1, items, Clock::now());
  if (auto answer = wait()) return std::move(answer->result);
  return FailedLoad{TryStatus::load_exception, {"LoaderDied", end_text(), {}}};
}

std::string AskedLoader::scan(const QuoteScanOrder& order) {
  loader_.ask_scan(1, scan_bytes(order), Clock::now());
  if (auto answer = wait()) return std::move(answer->scanned);
  return to_bytes(ScannedPieces{"cannot read " + name_of(order.items.pieces.front()) + ": " + end_text(), {}});
}

/// Nothing: it is lost.
std::optional<LoadAnswer> AskedLoader::wait() {
  std::vector<LoadAnswer> answers;
  while (!is_lost()) {
    loader_.flush();
    std::vector<pollfd> fds;
    loader_.add_poll_fds(fds);
    ::poll(fds.data(), static_cast<nfds_t>(fds.size()), 50);
    const TimePoint now = Clock::now();
    loader_.listen(now, answers);
    if (!answers.empty()) return std::move(answers.front());
    const bool is_late = now > loader_.busy_since() + settings_.limits.task_overhead_timeout;
    if (is_late) loader_.stop(LoaderProcess::End::too_slow, now);
  }
  return std::nullopt;
}

}  // namespace prs
