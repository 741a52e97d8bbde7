#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "dataset/compression.hpp"
#include "dataset/text_source.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

struct Step {
  std::size_t consumed = 0, produced = 0;
  bool is_part_over = false;
  bool is_damaged = false;
};

/// One of the libraries, which decompresses as much as it can at a time.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual Step step(std::string_view in, std::span<char> out) = 0;
  /// Another part begins.
  virtual void restart() = 0;
};

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() { PRS_INVARIANT(::inflateInit2(&stream_, MAX_WBITS + gzip_only) == Z_OK); }
  ~GzipDecoder() override { ::inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  Step step(std::string_view in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, status == Z_STREAM_END,
            status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR};
  }
  void restart() override { ::inflateReset(&stream_); }

 private:
  static constexpr int gzip_only = 16;  ///< zlib.h: added to the window's bits
  z_stream stream_{};
};

class Bzip2Decoder final : public Decoder {
 public:
  Bzip2Decoder() { begin(); }
  ~Bzip2Decoder() override { ::BZ2_bzDecompressEnd(&stream_); }
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
  Step step(std::string_view in, std::span<char> out) override {
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int status = ::BZ2_bzDecompress(&stream_);
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, status == BZ_STREAM_END,
            status != BZ_OK && status != BZ_STREAM_END};
  }
  void restart() override {
    ::BZ2_bzDecompressEnd(&stream_);
    begin();
  }

 private:
  void begin() {
    stream_ = {};
    PRS_INVARIANT(::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK);
  }
  bz_stream stream_{};
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(::ZSTD_createDStream()) { PRS_INVARIANT(stream_ != nullptr); }
  ~ZstdDecoder() override { ::ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;
  Step step(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t status = ::ZSTD_decompressStream(stream_, &to, &from);
    return {from.pos, to.pos, status == 0, ::ZSTD_isError(status) != 0};
  }
  void restart() override {}  // a frame that follows is begun by the library itself

 private:
  ZSTD_DStream* stream_;
};

std::unique_ptr<Decoder> decoder_of(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return std::make_unique<GzipDecoder>();
    case Compression::bzip2:
      return std::make_unique<Bzip2Decoder>();
    case Compression::zstd:
      return std::make_unique<ZstdDecoder>();
    case Compression::none:
      break;
  }
  PRS_INVARIANT(false && "the file is compressed");
  return nullptr;
}

class CompressedSource final : public TextSource {
 public:
  explicit CompressedSource(const std::string& path)
      : path_(path), file_(open_plain(path, 0)), decoder_(decoder_of(compression_of(path))) {}

  std::size_t read(std::span<char> buffer) override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      if (in_.empty()) in_ = {bytes_.data(), file_->read(bytes_)};
      const bool is_file_over = in_.empty();
      if (is_part_over_ && !begin_next_part()) break;
      const Step step = decoder_->step(in_, buffer.subspan(done));
      in_.remove_prefix(step.consumed);
      done += step.produced;
      text_bytes_ += step.produced;
      is_part_over_ = step.is_part_over;
      if (step.is_damaged) throw PieceError{path_, text_bytes_, "what is compressed here is damaged; mend the file"};
      if (is_file_over && step.produced == 0 && !is_part_over_)
        throw PieceError{path_, text_bytes_, "the compressed file ends before its text does; mend the file"};
    }
    return done;
  }

 private:
  /// Files are put together of parts. Zeros behind the last one are padding, as of a tape.
  bool begin_next_part() {
    for (;;) {
      in_.remove_prefix(std::min(in_.find_first_not_of('\0'), in_.size()));
      if (!in_.empty()) break;
      in_ = {bytes_.data(), file_->read(bytes_)};
      if (in_.empty()) return false;
    }
    decoder_->restart();
    is_part_over_ = false;
    return true;
  }

  std::string path_;
  std::unique_ptr<TextSource> file_;
  std::unique_ptr<Decoder> decoder_;
  std::array<char, std::size_t{64} * 1024> bytes_;
  std::string_view in_;  ///< of them, not yet decompressed
  std::uint64_t text_bytes_ = 0;
  bool is_part_over_ = false;
};

}  // namespace

std::unique_ptr<TextSource> open_compressed(const std::string& path) {
  return std::make_unique<CompressedSource>(path);
}

}  // namespace prs
