#include "farm/asked_loader.hpp"

#include <poll.h>

#include <utility>
#include <vector>

#include "support/clock.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

std::string cannot_read(const TableItems& items) {
  return "cannot read " + name_of(items.pieces.front()) + ": ";
}

}  // namespace

AskedLoader::AskedLoader(const ScriptSettings& settings) : settings_(settings), loader_(settings, Clock::now()) {}

LoadedTable AskedLoader::load(const TableItems& items) {
  loader_.ask(++number_, items, Clock::now());
  LoadAnswer answer = wait(cannot_read(items));
  if (const auto* const failed = std::get_if<FailedLoad>(&answer.result))
    throw UserError(cannot_read(items) + failed->failure.message);
  return std::move(std::get<LoadedTable>(answer.result));
}

std::string AskedLoader::scan(const QuoteScanOrder& order) {
  loader_.ask_scan(++number_, scan_bytes(order), Clock::now());
  return wait(cannot_read(order.items)).scanned;
}

LoadAnswer AskedLoader::wait(const std::string& what) {
  std::vector<LoadAnswer> answers;
  while (answers.empty()) {
    loader_.flush();
    std::vector<pollfd> fds;
    loader_.add_poll_fds(fds);
    ::poll(fds.data(), static_cast<nfds_t>(fds.size()), 50);
    const TimePoint now = Clock::now();
    loader_.listen(now, answers);
    const bool is_late = now > loader_.busy_since() + settings_.limits.task_overhead_timeout;
    if (answers.empty() && is_late) loader_.stop(LoaderProcess::End::too_slow, now);
    if (answers.empty() && loader_.stage() == LoaderProcess::Stage::dying)
      throw UserError(what + "the process that reads it " + loader_.end_text());
  }
  return std::move(answers.front());
}

}  // namespace prs
