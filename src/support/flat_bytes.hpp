#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/errors.hpp"

namespace prs {

/// Appends plain values and texts to flat bytes, in the machine's byte order: for messages between ranks of one job.
class FlatWriter {
 public:
  template <typename Value>
  requires std::is_trivially_copyable_v<Value> FlatWriter& put(const Value& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  /// A length (u32) and the bytes.
  FlatWriter& put_text(std::string_view text) {
    PRS_INVARIANT(text.size() <= UINT32_MAX);
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  std::string& bytes() { return bytes_; }
  bool is_empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

/// Reads them back; throws std::out_of_range where the bytes end too early.
class FlatReader {
 public:
  explicit FlatReader(std::string_view bytes) : bytes_(bytes) {}
  template <typename Value>
  requires std::is_trivially_copyable_v<Value> Value get() {
    if constexpr (std::is_same_v<Value, bool>) {
      return get<std::uint8_t>() != 0;  // any other byte in a bool would be neither true nor false
    } else {
      Value value;
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
      return value;
    }
  }
  /// A count (u32) of things of at least `least_bytes` each. Refused where the bytes that are left cannot hold them, so
  /// that a broken count never becomes an allocation of its size.
  std::uint32_t get_count(std::size_t least_bytes) {
    const auto count = get<std::uint32_t>();
    if (count > bytes_.size() / least_bytes) throw std::out_of_range("flat bytes end before what they count");
    return count;
  }
  std::string_view get_text() { return take(get<std::uint32_t>()); }
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) throw std::out_of_range("flat bytes end too early");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  bool is_at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace prs
