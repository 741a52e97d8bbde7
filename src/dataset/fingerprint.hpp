#pragma once

#include <cstdint>
#include <string_view>

#include "model/table_options.hpp"
#include "support/checksum.hpp"
#include "support/little_endian.hpp"

namespace prs {

/// What a plan's fingerprint is made of: fields that never run together, the same on every machine (rule 7.2).
class Fingerprint {
 public:
  Fingerprint& add_number(std::uint64_t number) {
    char bytes[8];
    put_little_endian<8>(bytes, number);
    checksum_.add({bytes, sizeof bytes});
    return *this;
  }
  Fingerprint& add_text(std::string_view text) {
    add_number(text.size());
    checksum_.add(text);
    return *this;
  }
  std::uint64_t value() const { return checksum_.value(); }

 private:
  RunningChecksum checksum_;
};

/// Those options that say which records a mini-batch has. Its columns and types are not the plan's.
inline void add_to(Fingerprint& fingerprint, const TableOptions& options) {
  fingerprint.add_text(name_of(options.format)).add_text({&options.delimiter, 1});
  fingerprint.add_text(name_of(options.encoding)).add_text(name_of(options.header));
  fingerprint.add_number(options.support_multi_line ? 1 : 0).add_text(options.dataset);
}

}  // namespace prs
