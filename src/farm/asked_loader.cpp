#include "farm/asked_loader.hpp"

#include <poll.h>

#include <utility>
#include <vector>

#include "dataset/quote_scan.hpp"
#include "support/clock.hpp"

namespace prs {

AskedLoader::AskedLoader(const ScriptSettings& settings, std::function<void()> while_waiting)
    : settings_(settings), while_waiting_(std::move(while_waiting)), loader_(settings, Clock::now()) {}

TableLoad AskedLoader::load(const TableItems& items) {
  loader_.ask(1, items, Clock::now());
  if (auto answer = wait()) return std::move(answer->result);
  return FailedLoad{TryStatus::load_exception, {"LoaderDied", end_text(), {}}};
}

std::string AskedLoader::scan(const QuoteScanOrder& order) {
  loader_.ask_scan(1, scan_bytes(order), Clock::now());
  if (auto answer = wait()) return std::move(answer->sent);
  return to_bytes(ScannedPieces{"cannot read " + name_of(order.items.pieces.front()) + ": " + end_text(), {}});
}

std::variant<DescribedTable, Failure> AskedLoader::describe(const TableItems& file) {
  loader_.ask_description(1, file, Clock::now());
  if (auto answer = wait()) {
    if (auto* const failed = std::get_if<FailedLoad>(&answer->result)) return std::move(failed->failure);
    return table_of_described(answer->sent);
  }
  return Failure{"LoaderDied", file.pieces.front().path + ": " + end_text(), {}};
}

/// Nothing: it is lost.
std::optional<LoadAnswer> AskedLoader::wait() {
  std::vector<LoadAnswer> answers;
  while (!is_lost()) {
    loader_.flush();
    std::vector<pollfd> fds;
    loader_.add_poll_fds(fds);
    ::poll(fds.data(), static_cast<nfds_t>(fds.size()), 50);
    if (while_waiting_) while_waiting_();
    const TimePoint now = Clock::now();
    loader_.listen(now, answers);
    if (!answers.empty()) return std::move(answers.front());
    const bool is_late = now > loader_.busy_since() + settings_.limits.task_overhead_timeout;
    if (is_late) loader_.stop(LoaderProcess::End::too_slow, now);
  }
  return std::nullopt;
}

}  // namespace prs
