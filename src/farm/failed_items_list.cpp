#include "farm/failed_items_list.hpp"

#include <algorithm>

#include "report/report.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

constexpr std::size_t failed_at_once = 250'000;  ///< mini-batches whose texts are looked for in one reading

/// What given-up mini-batches failed with. The worker of a try that rank 0 overruled knows less of it than the ledger.
Failure text_of_given_up(const History& history, const LastOutcome& last, TryTexts& texts) {
  Failure kind{std::string(name_of(last.outcome.status)), {}, {}};
  if (last.error != 0) kind = history.errors[last.error - 1];
  if (kind.category == column_mismatch_category) return kind;
  if (auto own = texts.text_of(last.outcome); own && !own->category.empty()) return std::move(*own);
  return kind;
}

Failure text_of_short_return(const Outcome& last) {
  return {std::string(short_return_category),
          "run() returned " + counted(last.rows, "row", "rows") + " for " + counted(last.items, "item", "items") +
              "; which ones failed it does not tell",
          {}};
}

void add_items(FailedItemsWriter& writer, const Plan& plan, const Outcome& outcome, const Failure& failure) {
  for_each_item(plan.items_of(outcome.mini_batch), [&](std::string_view name) {
    writer.add({outcome.mini_batch, name, outcome.dequeue_count, failure.category, failure.message});
  });
}

/// Of mini-batches whose texts are looked for together.
void add_mini_batches(FailedItemsWriter& writer, const Plan& plan, const History& history,
                      const std::vector<LastOutcome>& lasts, const std::vector<std::string>& tries_files) {
  std::vector<Outcome> given_up;
  for (const LastOutcome& last : lasts)
    if (!last.outcome.is_done()) given_up.push_back(last.outcome);
  TryTexts texts(tries_files, given_up);
  for (const LastOutcome& last : lasts)
    add_items(writer, plan, last.outcome,
              last.outcome.is_done() ? text_of_short_return(last.outcome) : text_of_given_up(history, last, texts));
}

}  // namespace

void write_failed_items(std::span<const RunLedger> ledgers, const Plan& plan, const History& history,
                        std::span<const MiniBatchIndex> failed) {
  std::vector<std::string> files;
  for (const TriesFile& file : tries_files_of(ledgers)) files.push_back(file.path);
  FailedItemsWriter writer(ledgers.back().folder.failed_items());
  while (!failed.empty()) {
    const auto now = failed.first(std::min(failed.size(), failed_at_once));
    failed = failed.subspan(now.size());
    add_mini_batches(writer, plan, history, history.last.of(now), files);
  }
  writer.finish();
}

}  // namespace prs
