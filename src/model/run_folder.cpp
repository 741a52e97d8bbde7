#include "model/run_folder.hpp"

#include <charconv>
#include <limits>

namespace prs {
namespace {

constexpr std::string_view building_ending = ".building";
constexpr std::string_view page_beginning = ".prs_page-", page_ending = ".part";

/// The number of "12.ledger". A name that would not be made so from its number ("012.ledger") is none of ours, nor is
/// one with so many digits that the next number might be none any more.
template <typename Number>
std::optional<Number> number_before(std::string_view ending, std::string_view name) {
  if (!name.ends_with(ending)) return std::nullopt;
  const char* const end = name.data() + name.size() - ending.size();
  Number number = 0;
  const auto [stopped, error] = std::from_chars(name.data(), end, number);
  const bool is_number = error == std::errc() && stopped == end && name.front() != '0';
  return is_number && end - name.data() <= std::numeric_limits<Number>::digits10 ? std::optional(number) : std::nullopt;
}

std::string_view last_piece(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// What a building file's name begins with.
std::string beginning_of_building(std::string_view final_path) {
  return "." + std::string(last_piece(final_path)) + ".";
}

}  // namespace

std::optional<std::uint32_t> RunFolder::number_of_ledger(std::string_view name) {
  return number_before<std::uint32_t>(".ledger", name);
}

std::optional<std::uint32_t> RunFolder::number_of_part(std::string_view name) {
  return number_before<std::uint32_t>(".rows", name);
}

std::optional<std::uint32_t> RunFolder::number_of_tries(std::string_view name) {
  return number_before<std::uint32_t>(".csv", name);
}

std::optional<std::uint64_t> LeaseFolder::number_of(std::string_view name) {
  return number_before<std::uint64_t>(".lease", name);
}

std::string lease_name(std::uint64_t number, const std::string& nonce) {
  return std::to_string(number) + "-" + nonce;
}

std::uint64_t number_of_lease_name(std::string_view name) {
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, number);
  return error == std::errc() && stopped != end && *stopped == '-' ? number : 0;
}

std::string page_being_written(const std::string& folder, const std::string& nonce) {
  const std::string within = folder.empty() || folder.ends_with('/') ? folder : folder + "/";
  return within + std::string(page_beginning) + nonce + std::string(page_ending);
}

bool is_page_being_written(std::string_view name) {
  return name.starts_with(page_beginning) && name.ends_with(page_ending) &&
         name.size() > page_beginning.size() + page_ending.size();
}

std::string building_path(const std::string& final_path, const std::string& lease) {
  const std::string folder = final_path.substr(0, final_path.size() - last_piece(final_path).size());
  return folder + beginning_of_building(final_path) + lease + std::string(building_ending);
}

std::optional<std::string_view> lease_of_building(std::string_view name, const std::string& final_path) {
  const std::string beginning = beginning_of_building(final_path);
  if (!name.starts_with(beginning) || !name.ends_with(building_ending) ||
      name.size() < beginning.size() + building_ending.size())
    return std::nullopt;
  name.remove_prefix(beginning.size());
  name.remove_suffix(building_ending.size());
  return name;
}

}  // namespace prs
