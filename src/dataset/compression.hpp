#pragma once

#include <string_view>

namespace prs {

/// How a whole file of text is compressed. Such a file cannot be cut: it is one mini-batch.
enum class Compression { none, gzip, bzip2, zstd };

/// Told by the ending of the name, in any case, as pandas tells it.
Compression compression_of(std::string_view path);
/// The format in which bytes are compressed that begin so: "gzip", "zip", …; empty: none that is known.
std::string_view compressed_format(std::string_view beginning);

}  // namespace prs
