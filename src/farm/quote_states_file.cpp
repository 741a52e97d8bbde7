#include "farm/quote_states_file.hpp"

#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "support/checksum.hpp"
#include "support/flat_bytes.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::string_view magic = "prsquote";
constexpr std::uint32_t version = 1;

/// Throws std::out_of_range where the bytes are not the states of this plan.
std::vector<std::uint8_t> states_of(std::string_view bytes, const TablePlan& plan) {
  const auto require = [](bool is_so) {
    if (!is_so) throw std::out_of_range("these are not the plan's quote states");
  };
  FlatReader reader(bytes);
  require(reader.take(magic.size()) == magic && reader.get<std::uint32_t>() == version);
  require(reader.get<std::uint64_t>() == plan.fingerprint());
  require(reader.get<std::uint64_t>() == plan.mini_batch_count());
  const std::string_view states = reader.take(static_cast<std::size_t>(plan.mini_batch_count()));
  const std::string_view checked = bytes.substr(0, static_cast<std::size_t>(states.end() - bytes.begin()));
  require(reader.get<std::uint64_t>() == checksum_of(checked) && reader.is_at_end());
  return {states.begin(), states.end()};
}

}  // namespace

void save_quote_states(const std::string& path, const TablePlan& plan) {
  const std::vector<std::uint8_t>& states = plan.quote_states();
  FlatWriter writer;
  writer.put_bytes(magic).put(version).put(plan.fingerprint()).put(std::uint64_t{states.size()});
  writer.put_bytes({reinterpret_cast<const char*>(states.data()), states.size()});
  writer.put(checksum_of(writer.bytes()));
  write_file_atomically(path, writer.bytes());
}

bool load_quote_states(const std::string& path, TablePlan& plan) {
  if (std::error_code error; !std::filesystem::exists(path, error)) return false;
  try {
    plan.set_quote_states(states_of(read_file(path), plan));
  } catch (const std::out_of_range&) {
    return false;
  }
  return true;
}

}  // namespace prs
