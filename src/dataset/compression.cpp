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

}  // namespace prs
