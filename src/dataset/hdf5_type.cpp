#include "dataset/hdf5_type.hpp"

#include <bit>
#include <optional>
#include <string_view>
#include <vector>

namespace prs {
namespace {
struct MemberText {
  explicit MemberText(char* text) : text_(text) {}
  ~MemberText() { H5free_memory(text_); }
  MemberText(const MemberText&) = delete;
  MemberText& operator=(const MemberText&) = delete;
  bool is(std::string_view other) const { return text_ != nullptr && other == text_; }

 private:
  char* text_;
};

Hdf5Handle copy_of(hid_t type) {
  return {H5Tcopy(type), H5Tclose};
}

std::string dtype_of(char kind, std::size_t bytes) {
  const char order = bytes == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  return std::string{order, kind} + std::to_string(bytes);
}

/// Where sign, exponent and mantissa of IEEE 754 lie. Other floats (bfloat16, VAX, x87) would need numpy types that it
/// has not.
struct FloatForm {
  std::size_t bytes, exponent_bits, mantissa_bits, bias;
};
constexpr FloatForm ieee_forms[] = {{2, 5, 10, 15}, {4, 8, 23, 127}, {8, 11, 52, 1023}};

bool is_ieee(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  const H5T_order_t order = H5Tget_order(type);
  if ((order != H5T_ORDER_LE && order != H5T_ORDER_BE) || H5Tget_norm(type) != H5T_NORM_IMPLIED) return false;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0) return false;
  for (const FloatForm& form : ieee_forms)
    if (H5Tget_size(type) == form.bytes)
      return sign == 8 * form.bytes - 1 && exponent == form.mantissa_bits && exponent_bits == form.exponent_bits &&
             mantissa == 0 && mantissa_bits == form.mantissa_bits && H5Tget_ebias(type) == form.bias;
  return false;
}

std::optional<Hdf5Type> float_type(hid_t type) {
  if (!is_ieee(type)) return std::nullopt;
  const std::size_t bytes = H5Tget_size(type);
  Hdf5Handle memory = copy_of(type);
  H5Tset_order(memory.get(), std::endian::native == std::endian::little ? H5T_ORDER_LE : H5T_ORDER_BE);
  return Hdf5Type{dtype_of('f', bytes), std::move(memory), bytes, bytes};
}

/// Of integers, and of bits, which are read as unsigned ones: numpy has no type for bits.
std::optional<Hdf5Type> integer_type(hid_t type) {
  const std::size_t file_bytes = H5Tget_size(type);
  if (file_bytes == 0 || file_bytes > 8) return std::nullopt;
  const std::size_t bytes = std::bit_ceil(file_bytes);
  const int width = std::countr_zero(bytes);
  if (H5Tget_class(type) == H5T_BITFIELD) {
    const hid_t natives[] = {H5T_NATIVE_B8, H5T_NATIVE_B16, H5T_NATIVE_B32, H5T_NATIVE_B64};
    return Hdf5Type{dtype_of('u', bytes), copy_of(natives[width]), file_bytes, bytes};
  }
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  const hid_t signed_natives[] = {H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32, H5T_NATIVE_INT64};
  const hid_t unsigned_natives[] = {H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64};
  const hid_t native = is_signed ? signed_natives[width] : unsigned_natives[width];
  return Hdf5Type{dtype_of(is_signed ? 'i' : 'u', bytes), copy_of(native), file_bytes, bytes};
}

/// As h5py and netCDF write them: one byte, FALSE is 0 and TRUE is 1.
bool is_bool(hid_t type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  for (unsigned i = 0; i < 2; ++i) {
    signed char value = -1;
    if (H5Tget_member_value(type, i, &value) < 0 || (value != 0 && value != 1)) return false;
    if (!MemberText(H5Tget_member_name(type, i)).is(value == 1 ? "TRUE" : "FALSE")) return false;
  }
  return true;
}

std::optional<Hdf5Type> enum_type(hid_t type) {
  if (is_bool(type)) return Hdf5Type{"|b1", copy_of(H5T_NATIVE_INT8), 1, 1};
  const Hdf5Handle base(H5Tget_super(type), H5Tclose);
  if (!base) return std::nullopt;
  return integer_type(base.get());
}

constexpr std::size_t text_reference_bytes = 16;  // length, address of a heap, number in it

std::optional<Hdf5Type> text_type(hid_t type) {
  const std::size_t bytes = H5Tget_size(type);
  Hdf5Handle memory = copy_of(H5T_C_S1);
  H5Tset_cset(memory.get(), H5Tget_cset(type));  // the library does not convert between character sets
  if (H5Tis_variable_str(type) > 0) {
    H5Tset_size(memory.get(), H5T_VARIABLE);
    return Hdf5Type{"str", std::move(memory), text_reference_bytes, sizeof(char*)};
  }
  if (bytes == 0) return std::nullopt;
  H5Tset_size(memory.get(), bytes);
  H5Tset_strpad(memory.get(), H5T_STR_NULLPAD);  // numpy's
  return Hdf5Type{"|S" + std::to_string(bytes), std::move(memory), bytes, bytes};
}

/// As h5py writes them: a compound of two floats, r and i.
std::optional<Hdf5Type> complex_type(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return std::nullopt;
  if (!MemberText(H5Tget_member_name(type, 0)).is("r") || !MemberText(H5Tget_member_name(type, 1)).is("i"))
    return std::nullopt;
  const Hdf5Handle real(H5Tget_member_type(type, 0), H5Tclose), imaginary(H5Tget_member_type(type, 1), H5Tclose);
  if (!real || !imaginary || H5Tequal(real.get(), imaginary.get()) <= 0) return std::nullopt;
  if (H5Tget_class(real.get()) != H5T_FLOAT || H5Tget_size(real.get()) < 4) return std::nullopt;
  const std::optional<Hdf5Type> part = float_type(real.get());
  if (!part) return std::nullopt;
  Hdf5Handle memory(H5Tcreate(H5T_COMPOUND, 2 * part->memory_bytes), H5Tclose);
  H5Tinsert(memory.get(), "r", 0, part->memory.get());
  H5Tinsert(memory.get(), "i", part->memory_bytes, part->memory.get());
  return Hdf5Type{dtype_of('c', 2 * part->memory_bytes), std::move(memory), H5Tget_size(type), 2 * part->memory_bytes};
}

std::optional<Hdf5Type> known_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_BITFIELD:
      return integer_type(type);
    case H5T_FLOAT:
      return float_type(type);
    case H5T_ENUM:
      return enum_type(type);
    case H5T_STRING:
      return text_type(type);
    case H5T_COMPOUND:
      return complex_type(type);
    default:
      return std::nullopt;
  }
}

std::string name_of_class(hid_t type) {
  const std::string bits = std::to_string(8 * H5Tget_size(type)) + " bits";
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_BITFIELD:
    case H5T_ENUM:
      return "integers of " + bits;
    case H5T_FLOAT:
      return "floats of " + bits + " that are not those of IEEE 754";
    case H5T_COMPOUND:
      return "a compound within a compound";
    case H5T_ARRAY:
      return "arrays";
    case H5T_VLEN:
      return "lists of different lengths";
    case H5T_REFERENCE:
      return "references";
    case H5T_OPAQUE:
      return "opaque bytes, as h5py writes numpy's dates";
    case H5T_TIME:
      return "HDF5 times";
    default:
      return "a type that this HDF5 library does not know";
  }
}
}  // namespace

Hdf5Type hdf5_type_of(hid_t file_type, const Hdf5Place& place, const std::string& whose) {
  std::optional<Hdf5Type> type = known_type(file_type);
  if (type && type->memory) return std::move(*type);
  throw place.error(Hdf5Problem::unsupported,
                    whose + "holds " + name_of_class(file_type) +
                        "; what can be read is numbers, booleans, enums and text: write it as one of these" +
                        (whose.empty() ? "" : ", or leave it out with 'columns:'"));
}

bool is_hdf5_record(hid_t file_type) {
  return H5Tget_class(file_type) == H5T_COMPOUND && !complex_type(file_type);
}

}  // namespace prs
