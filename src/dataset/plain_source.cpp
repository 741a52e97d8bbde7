#include <fcntl.h>

#include "dataset/text_source.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

class PlainSource final : public TextSource {
 public:
  PlainSource(const std::string& path, std::uint64_t offset_bytes) : path_(path), offset_bytes_(offset_bytes) {
    try {
      fd_ = open_file(path, O_RDONLY);
    } catch (const InfrastructureError& error) {
      throw PieceError{path_, 0, error.what()};
    }
  }
  std::size_t read(std::span<char> buffer) override {
    try {
      const std::size_t got = pread_some(fd_.get(), buffer, offset_bytes_, path_);
      offset_bytes_ += got;
      return got;
    } catch (const InfrastructureError& error) {
      throw PieceError{path_, offset_bytes_, error.what()};
    }
  }

 private:
  std::string path_;
  UniqueFd fd_;
  std::uint64_t offset_bytes_;
};

}  // namespace

std::unique_ptr<TextSource> open_plain(const std::string& path, std::uint64_t offset_bytes) {
  return std::make_unique<PlainSource>(path, offset_bytes);
}

}  // namespace prs
