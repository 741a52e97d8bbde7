#include "output/part_reader.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/run_folder.hpp"
#include "output/part_format.hpp"
#include "support/errors.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// A join has numbers of its own for the parts of slices; the name has the one that the part was written with.
std::uint32_t number_in_header(const std::string& path, std::uint32_t number) {
  return RunFolder::number_of_part(path.substr(path.rfind('/') + 1)).value_or(number);
}

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t smallest_window_bytes = 16 << 10;
constexpr std::size_t largest_window_bytes = 1 << 20;
constexpr std::size_t memory_bytes = 64 << 20;

std::size_t allowed_open_files() {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 16;
  return std::clamp<std::size_t>(limit.rlim_cur / 4, 4, 1024);
}

/// Our own machine is out of something: this says nothing about the part.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

}  // namespace

/// A stretch of a part that is in memory. It grows while it moves forward, as a read-ahead does, and begins small after
/// a jump, so that a retried mini-batch far away costs a small read.
struct PartReader::Window {
  std::uint64_t begin = 0;
  std::size_t size = 0;      ///< bytes that are there
  std::size_t capacity = 0;  ///< 0: no memory
  std::size_t wish = 0;      ///< bytes that were last asked for
  std::uint64_t last_use = 0;
  std::unique_ptr<char[]> bytes;

  bool holds(std::uint64_t offset, std::uint64_t length) const {
    return offset >= begin && offset - begin <= size && length <= size - (offset - begin);
  }
  bool continues_at(std::uint64_t offset) const { return size > 0 && offset >= begin && offset - begin <= size + wish; }
};

/// Two windows: the stream of first tries and the retries among it.
struct PartReader::Part {
  std::uint32_t number = 0;
  std::string path;
  UniqueFd fd;
  bool is_unreadable = false;
  std::uint64_t uses = 0;
  std::array<Window, 2> windows;
};

PartReader::PartReader(std::function<std::string(std::uint32_t)> part_path, std::size_t parts)
    : part_path_(std::move(part_path)),
      largest_window_bytes_(std::clamp(memory_bytes / (2 * std::max<std::size_t>(parts, 1)), smallest_window_bytes,
                                       largest_window_bytes) &
                            ~(page_bytes - 1)),
      most_open_(allowed_open_files()) {}

PartReader::~PartReader() = default;

PartReader::Part& PartReader::part_of(std::uint32_t number) {
  if (latest_ != nullptr && latest_->number == number) return *latest_;
  std::unique_ptr<Part>& part = parts_[number];
  if (part == nullptr) {
    part = std::make_unique<Part>();
    part->number = number;
    part->path = part_path_(number);
  }
  latest_ = part.get();
  return *latest_;
}

bool PartReader::close_oldest() {
  if (open_.empty()) return false;
  open_.front()->fd.reset();
  open_.pop_front();
  return true;
}

bool PartReader::open(Part& part) {
  if (part.fd || part.is_unreadable) return !part.is_unreadable;
  if (open_.size() >= most_open_) close_oldest();
  // Not open_file(): here the reason decides whether it is an error at all.
  do part.fd.reset(::open(part.path.c_str(), O_RDONLY | O_CLOEXEC));
  while (!part.fd && (errno == EINTR || (errno == EMFILE && close_oldest())));
  if (!part.fd && is_shortage(errno)) throw system_error("cannot open", part.path, errno);
  if (!part.fd) {
    part.is_unreadable = true;
    return false;
  }
  open_.push_back(&part);
  char header[part_format::header_bytes];
  part.is_unreadable = !read(part.number, 0, header) ||
                       std::string_view(header, part_format::magic.size()) != part_format::magic ||
                       get_little_endian<4>(header + part_format::version_at) != part_format::version ||
                       get_little_endian<4>(header + part_format::part_at) != number_in_header(part.path, part.number);
  return !part.is_unreadable;
}

bool PartReader::read(std::uint32_t number, std::uint64_t offset_bytes, std::span<char> buffer) {
  Part& part = part_of(number);
  if (!open(part)) return false;
  try {
    return pread_some(part.fd.get(), buffer, offset_bytes, part.path) == buffer.size();
  } catch (const InfrastructureError&) {
    return false;  // a bad disk is like a wrong byte: the mini-batch runs again
  }
}

PartReader::Window& PartReader::window_for(Part& part, std::uint64_t offset_bytes) {
  for (Window& window : part.windows)
    if (window.continues_at(offset_bytes)) {
      window.wish = std::min(2 * window.wish, largest_window_bytes_);
      return window;
    }
  Window& oldest = part.windows[part.windows[0].last_use <= part.windows[1].last_use ? 0 : 1];
  oldest.wish = std::min(smallest_window_bytes, largest_window_bytes_);
  return oldest;
}

void PartReader::make_room(Window& window, std::size_t bytes) {
  if (window.capacity >= bytes) return;
  if (window.capacity == 0) loaded_.push_back(&window);
  window_memory_bytes_ += bytes - window.capacity;
  window.capacity = bytes;
  window.bytes = std::make_unique_for_overwrite<char[]>(bytes);
  while (window_memory_bytes_ > memory_bytes && loaded_.size() > 1) {
    Window* oldest = loaded_.front();
    loaded_.pop_front();
    if (oldest == &window) {
      loaded_.push_back(oldest);
      continue;
    }
    window_memory_bytes_ -= oldest->capacity;
    *oldest = Window{};
  }
}

std::optional<std::string_view> PartReader::view(const Stretch& stretch) {
  Part& part = part_of(stretch.part);
  const auto bytes_in = [&](Window& window) {
    window.last_use = ++part.uses;
    return std::string_view(window.bytes.get() + (stretch.offset_bytes - window.begin),
                            static_cast<std::size_t>(stretch.length_bytes));
  };
  for (Window& window : part.windows)
    if (window.holds(stretch.offset_bytes, stretch.length_bytes)) return bytes_in(window);
  if (!open(part)) return std::nullopt;

  Window& window = window_for(part, stretch.offset_bytes);
  const std::uint64_t begin = stretch.offset_bytes / page_bytes * page_bytes;
  const std::size_t needed = static_cast<std::size_t>(stretch.offset_bytes - begin + stretch.length_bytes);
  const std::size_t wanted = std::max(window.wish, needed);
  make_room(window, wanted);
  window.begin = begin;
  window.size = 0;
  try {
    window.size = pread_some(part.fd.get(), {window.bytes.get(), wanted}, begin, part.path);
  } catch (const InfrastructureError&) {
    return std::nullopt;
  }
  if (!window.holds(stretch.offset_bytes, stretch.length_bytes)) return std::nullopt;
  return bytes_in(window);
}

}  // namespace prs
