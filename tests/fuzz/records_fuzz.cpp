// The text of tables, as a user may have it: where records begin, how many there are, and what a stretch does to the
// state. The first bytes say how the text is read and cut.
#include "dataset/record_scanner.hpp"
#include "dataset/record_transition.hpp"
#include "fuzz_target.hpp"

namespace prs::fuzz {
namespace {

RecordRules rules_of(std::uint8_t choice) {
  RecordRules rules;
  rules.delimiter = ",\t; "[choice % 4];
  rules.has_line_breaks_in_quotes = (choice & 4) != 0;
  rules.has_quotes = (choice & 8) == 0;
  rules.ends_at_carriage_return = (choice & 16) == 0;
  return rules;
}

struct Counted {
  RecordState state;
  std::uint64_t records;
  std::optional<std::uint64_t> broken_quote;
  bool operator==(const Counted&) const = default;
};

Counted counted(const RecordScanner& scanner) {
  return {scanner.state(), scanner.records(), scanner.broken_quote()};
}

void check_lines(const RecordRules& rules, std::string_view text, const Counted& whole) {
  RecordScanner lines(rules);
  while (!text.empty()) {
    const RecordState before = lines.state();
    const std::size_t passed = lines.scan_line(text);
    require(passed > 0 || before == RecordState::carriage_return, "a line has a byte");
    require(passed == text.size() || lines.is_at_line_start(), "it goes on to the next line");
    text.remove_prefix(passed);
  }
  require(counted(lines) == whole, "line by line it is the same text");
}

void check_records(Input input) {
  const RecordRules rules = rules_of(input.number<std::uint8_t>());
  const std::size_t cut = input.number<std::uint8_t>();
  const std::string_view text = input.rest(), front = text.substr(0, cut), back = text.substr(front.size());
  RecordScanner whole(rules), pieces(rules);
  whole.scan(text);
  pieces.scan(front);
  pieces.scan(back);
  require(counted(pieces) == counted(whole), "a cut changes nothing");
  check_lines(rules, text, counted(whole));
  RecordTransition first, second, both;
  first.extend(rules, front);
  second.extend(rules, back);
  both.extend(rules, text);
  require(first.then(second) == both, "what stretches do is joined");
  require(both.after(RecordState::record_start) == whole.state(), "a stretch does what the scanner does");
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prs::fuzz::check_records(prs::fuzz::Input(prs::fuzz::text_of(data, size)));
  return 0;
}
