#include "dataset/compression.hpp"

#include <strings.h>

namespace prs {
namespace {

bool has_ending(std::string_view path, std::string_view ending) {
  return path.size() >= ending.size() &&
         ::strncasecmp(path.data() + path.size() - ending.size(), ending.data(), ending.size()) == 0;
}

}  // namespace

Compression compression_of(std::string_view path) {
  if (has_ending(path, ".gz")) return Compression::gzip;
  if (has_ending(path, ".bz2")) return Compression::bzip2;
  return has_ending(path, ".zst") ? Compression::zstd : Compression::none;
}

std::string_view compressed_format(std::string_view beginning) {
  struct Signature {
    std::string_view bytes, format;
  };
  constexpr Signature signatures[] = {{"\x1f\x8b\x08", "gzip"},
                                      {"BZh91AY&SY", "bzip2"},
                                      {"\x28\xb5\x2f\xfd", "zstd"},
                                      {"PK\x03\x04", "zip"},
                                      {"\xfd"
                                       "7zXZ",
                                       "xz"},
                                      {"\x04\x22\x4d\x18", "lz4"}};
  for (const Signature& signature : signatures)
    if (beginning.starts_with(signature.bytes)) return signature.format;
  return {};
}

}  // namespace prs
