#include "app/explain.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "prs/configuration_error.hpp"
#include "report/printable.hpp"

namespace prs {
namespace {

/// "count.yaml and v1.yaml": where the mistakes are, files and options alike.
std::string places_of(const std::vector<ConfigurationMistake>& mistakes) {
  constexpr std::size_t named = 3;
  std::vector<std::string> places;
  for (const ConfigurationMistake& mistake : mistakes)
    if (std::find(places.begin(), places.end(), mistake.file) == places.end()) places.push_back(mistake.file);
  std::string text;
  for (std::size_t i = 0; i < std::min(named, places.size()); ++i)
    text += (i == 0 ? "" : i + 1 == places.size() ? " and " : ", ") + places[i];
  return text + (places.size() > named ? " and elsewhere" : "");
}

}  // namespace

ExitStatus explain(const std::exception& error) {
  const std::string text = printable_lines(error.what());
  if (const auto* mistaken = dynamic_cast<const ConfigurationError*>(&error)) {
    // Each line begins with its place, as a compiler's do, so that editors can jump there.
    const std::size_t count = mistaken->mistakes().size();
    std::fprintf(stderr, "%s\nprs_mpi: %zu mistake%s in %s; nothing was started\n", text.c_str(), count,
                 count == 1 ? "" : "s", places_of(mistaken->mistakes()).c_str());
    return ExitStatus::usage;
  }
  const bool is_interrupted = dynamic_cast<const Interrupted*>(&error) != nullptr;
  const bool is_mistaken = dynamic_cast<const UserError*>(&error) != nullptr;
  std::fprintf(stderr, "prs_mpi: %s%s\n", text.c_str(),
               is_interrupted || is_mistaken ? "" : "; once that is mended, give the same command again");
  if (is_interrupted) return ExitStatus::interrupted;
  return is_mistaken ? ExitStatus::usage : ExitStatus::infrastructure;
}

}  // namespace prs
