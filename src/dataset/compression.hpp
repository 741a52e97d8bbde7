#pragma once

#include <string_view>

namespace prs {

/// How a whole file of text is compressed. Such a file cannot be cut: it is one mini-batch.
enum class Compression { none, gzip, bzip2, zstd };

/// Told by the ending of the name, in any case, as pandas tells it.
Compression compression_of(std::string_view path);

}  // namespace prs
