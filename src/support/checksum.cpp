#include "support/checksum.hpp"

#include <xxhash.h>

#include <array>

#include "support/little_endian.hpp"

namespace prs {
namespace {

constexpr std::size_t slice = 8;  ///< bytes at a time
using CrcTables = std::array<std::array<std::uint32_t, 256>, slice>;

/// tables[k][b]: what byte b adds when k more bytes of its slice follow.
constexpr CrcTables make_crc_tables() {
  constexpr std::uint32_t polynomial = 0xedb88320;
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < slice; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  return tables;
}
constexpr CrcTables crc_tables = make_crc_tables();

}  // namespace

std::uint32_t crc32_of(std::string_view bytes, std::uint32_t start) {
  std::uint32_t crc = ~start;
  for (; bytes.size() >= slice; bytes.remove_prefix(slice)) {
    const std::uint64_t word = get_little_endian<slice>(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < slice; ++k) crc ^= crc_tables[slice - 1 - k][(word >> (8 * k)) & 0xff];
  }
  for (const char byte : bytes) crc = (crc >> 8) ^ crc_tables[0][(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

std::uint64_t checksum_of(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct RunningChecksum::State {
  State() : state(XXH3_createState()) {}
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  XXH3_state_t* state;
};

RunningChecksum::RunningChecksum() : state_(std::make_unique<State>()) {
  reset();
}
RunningChecksum::~RunningChecksum() = default;
RunningChecksum::RunningChecksum(RunningChecksum&&) noexcept = default;
RunningChecksum& RunningChecksum::operator=(RunningChecksum&&) noexcept = default;
void RunningChecksum::reset() {
  XXH3_64bits_reset(state_->state);
}
void RunningChecksum::add(std::string_view bytes) {
  XXH3_64bits_update(state_->state, bytes.data(), bytes.size());
}
std::uint64_t RunningChecksum::value() const {
  return XXH3_64bits_digest(state_->state);
}

}  // namespace prs
