#include "config/notes.hpp"

#include <algorithm>
#include <tuple>

namespace prs {

int Notes::add_source(Source source) {
  sources_.push_back(std::move(source));
  return static_cast<int>(sources_.size()) - 1;
}

void Notes::add(Kind kind, const SourcePlace& place, std::string message) {
  if (!is_full()) notes_.push_back({kind, place, std::move(message)});
}

std::vector<ConfigurationMistake> Notes::sorted(bool are_mistakes) const {
  std::vector<const Note*> chosen;
  for (const Note& note : notes_) {
    const bool is_mistake =
        note.kind == Kind::mistake || (note.kind == Kind::by_source && !source_of(note.place).is_lenient);
    if (is_mistake == are_mistakes) chosen.push_back(&note);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [](const Note* a, const Note* b) {
    return std::tie(a->place.source, a->place.line, a->place.column) <
           std::tie(b->place.source, b->place.line, b->place.column);
  });
  std::vector<ConfigurationMistake> found;
  found.reserve(chosen.size());
  for (const Note* note : chosen)
    found.push_back({source_of(note->place).name, note->place.line, note->place.column, note->message});
  return found;
}

void Notes::throw_mistakes() const {
  std::vector<ConfigurationMistake> mistakes = sorted(true);
  // A flood of warnings must not hide a mistake that came after it.
  if (is_full())
    mistakes.push_back({sources_.front().name, 0, 0,
                        "there is more to mend than is listed here: only the first " + std::to_string(most_notes) +
                            " mistakes and warnings are kept"});
  if (!mistakes.empty()) throw ConfigurationError(std::move(mistakes));
}

std::vector<std::string> Notes::warnings() const {
  std::vector<std::string> texts;
  for (const ConfigurationMistake& warning : sorted(false)) texts.push_back(warning.text());
  return texts;
}

}  // namespace prs
