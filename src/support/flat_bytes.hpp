#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/errors.hpp"
#include "support/little_endian.hpp"

namespace prs {

/// What stands as one number in flat bytes.
template <typename Value>
concept FlatNumber = std::is_arithmetic_v<Value> || std::is_enum_v<Value>;

/// A plain struct without padding. It goes as it lies in memory, so only between ranks of one job.
template <typename Value>
concept FlatStruct =
    std::is_class_v<Value> && std::is_trivially_copyable_v<Value> && std::has_unique_object_representations_v<Value>;

/// Appends numbers (little-endian, as wide as their type) and texts to flat bytes. For every format of ours that is
/// written field by field; where a field stands at a place that a format names, little_endian.hpp puts it there.
class FlatWriter {
 public:
  template <FlatNumber Number>
  FlatWriter& put(Number number) {
    if constexpr (std::is_floating_point_v<Number>) {
      static_assert(sizeof number == sizeof(std::uint64_t));
      append_little_endian<sizeof number>(bytes_, std::bit_cast<std::uint64_t>(number));
    } else {
      append_little_endian<sizeof number>(bytes_, static_cast<std::uint64_t>(number));
    }
    return *this;
  }
  template <FlatStruct Struct>
  FlatWriter& put(const Struct& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  /// A length (u32) and the bytes.
  FlatWriter& put_text(std::string_view text) {
    PRS_INVARIANT(text.size() <= UINT32_MAX);
    put(static_cast<std::uint32_t>(text.size()));
    return put_bytes(text);
  }
  /// The bytes alone: whoever reads them knows how many there are.
  FlatWriter& put_bytes(std::string_view bytes) {
    bytes_.append(bytes);
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
  template <FlatNumber Number>
  Number get() {
    const std::uint64_t number = get_little_endian<sizeof(Number)>(take(sizeof(Number)).data());
    if constexpr (std::is_same_v<Number, bool>)
      return number != 0;  // any other byte in a bool would be neither true nor false
    else if constexpr (std::is_floating_point_v<Number>)
      return std::bit_cast<Number>(number);
    else
      return static_cast<Number>(number);
  }
  template <FlatStruct Struct>
  Struct get() {
    Struct value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
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
