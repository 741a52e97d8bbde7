#include "config/settings.hpp"

#include <type_traits>
#include <utility>

#include "config/section.hpp"

namespace prs {
namespace {

template <class To, class From>
void copy_member(To& to, const From& from) {
  if constexpr (std::is_assignable_v<To&, const From&>)
    to = from;
  else
    to = from.value();  // has a default, which is in
}

template <class To, class From, std::size_t... Index>
void copy_members(To to, From from, std::index_sequence<Index...>) {
  (copy_member(std::get<Index>(to), std::get<Index>(from)), ...);
}

template <class To, class From>
void copy_keys(To& to, const From& from) {
  const auto members = members_of(from);
  copy_members(members_of(to), members, std::make_index_sequence<std::tuple_size_v<decltype(members)>>());
}

std::string written(const Option& option, const ParallelRunConfig& config) {
  return access_of<ParallelRunConfig>(option).text(config, {});
}

}  // namespace

ParallelRunConfig with_defaults(ParallelRunConfig config) {
  read_defaults(config, [&](const Option& option) { return written(option, config).empty(); });
  return config;
}

ParallelRunSettings settled(const ParallelRunConfig& given) {
  const ParallelRunKeys<std::optional> filled = with_defaults(given);
  ParallelRunSettings settings;
  copy_keys(settings, filled);
  return settings;
}

ParallelRunConfig as_given(const ParallelRunSettings& settings) {
  ParallelRunConfig config;
  copy_keys(static_cast<ParallelRunKeys<std::optional>&>(config), settings);
  return config;
}

std::string parallel_run_config_text(const ParallelRunSettings& settings, const TextPlace& place) {
  const ParallelRunConfig config = as_given(settings);
  std::string text;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const std::string value = written(*option, config);
    const std::string line = "\n" + place.indent + "  ";
    if (!value.empty())
      text += line + option->key + ": " + value;
    else
      text += line + "# " + option->key + ": " + option->if_absent.text;
  }
  return text;
}

}  // namespace prs
