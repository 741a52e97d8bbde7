// A disk that stalls, hangs or refuses, for tests of the real program: preloaded (LD_PRELOAD) into every process of a
// job.
//
// PRS_FAULTY_DISK names a rules file, read again at each call, so that a test changes the disk while the job runs:
//
//   CALL PART stall SECONDS [N]    each N-th such call waits first (default 1: every call)
//   CALL PART hang                 waits until the rule is gone
//   CALL PART fail ERRNO [N]       the call is refused with that error number
//   unlink PART hide               the file gets a .fuse_hidden… name, as FUSE does with one that is still open
//
// CALL is stat, read (at a place), write, sync, link, renameat2, unlink or flush; PART is a part of the path. Each rule
// that strikes adds a line, "CALL PATH", to the file `<rules file>.hits`: a test asserts that its fault happened.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string text_of(const char* path) {
  std::string text;
  const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return text;
  char buffer[4096];
  for (long got; (got = ::syscall(SYS_read, fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  ::syscall(SYS_close, fd);
  return text;
}

void note_hit(const std::string& rules, const char* call, const std::string& path) {
  const std::string line = std::string(call) + " " + path + "\n";
  const int fd = static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, (rules + ".hits").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (fd < 0) return;
  ::syscall(SYS_write, fd, line.data(), line.size());
  ::syscall(SYS_close, fd);
}

void wait_seconds(double seconds) {
  timespec time{static_cast<time_t>(seconds),
                static_cast<long>((seconds - static_cast<double>(static_cast<time_t>(seconds))) * 1e9)};
  while (::nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

/// The first rule for this call on this path: its words after PART, or nothing.
std::string rule_for(const char* rules, const char* call, const std::string& path) {
  std::istringstream lines(text_of(rules));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string wanted_call, part, rest;
    words >> wanted_call >> part;
    std::getline(words, rest);
    if (wanted_call == call && !part.empty() && path.find(part) != std::string::npos) return rest;
  }
  return {};
}

/// Waits, or gives the error number of a refusal; 0: the call goes on.
int strike(const char* call, const std::string& path) {
  const char* rules = std::getenv("PRS_FAULTY_DISK");
  if (rules == nullptr || path == rules) return 0;
  static std::atomic<unsigned long> calls{0};
  bool has_hit = false;
  for (;;) {
    std::istringstream words(rule_for(rules, call, path));
    std::string what;
    double value = 0;
    unsigned long nth = 1;
    if (!(words >> what)) return 0;
    if (what != "hang") words >> value;
    if (unsigned long given = 0; words >> given) nth = given;
    if (what != "hang" && nth > 1 && ++calls % nth != 0) return 0;
    if (!has_hit) note_hit(rules, call, path);
    has_hit = true;
    if (what == "fail") return static_cast<int>(value);
    wait_seconds(what == "hang" ? 0.05 : value);
    if (what == "stall") return 0;
  }
}

std::string path_of(int fd) {
  char path[4096];
  const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

/// The first word of a rule for unlink is "hide": done.
bool is_hidden_instead(const std::string& path) {
  const char* rules = std::getenv("PRS_FAULTY_DISK");
  if (rules == nullptr) return false;
  std::istringstream words(rule_for(rules, "unlink", path));
  std::string what;
  if (!(words >> what) || what != "hide") return false;
  static std::atomic<unsigned> hidden{0};
  const std::string other = path.substr(0, path.rfind('/') + 1) + ".fuse_hidden" + std::to_string(::getpid()) + "_" +
                            std::to_string(++hidden);
  if (::syscall(SYS_renameat2, AT_FDCWD, path.c_str(), AT_FDCWD, other.c_str(), 0) != 0) return false;
  note_hit(rules, "unlink", path);
  return true;
}

bool is_refused(const char* call, const std::string& path) {
  const int before = errno;
  const int error = strike(call, path);
  errno = error != 0 ? error : before;
  return error != 0;
}

}  // namespace

extern "C" {

int stat(const char* path, struct stat* status) {
  if (is_refused("stat", path)) return -1;
  static const auto next = real<int (*)(const char*, struct stat*)>("stat");
  return next(path, status);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  if (is_refused("write", path_of(fd))) return -1;
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  return next(fd, bytes, count);
}

ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  if (is_refused("read", path_of(fd))) return -1;
  static const auto next = real<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  return next(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  if (is_refused("write", path_of(fd))) return -1;
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return next(fd, bytes, count, offset);
}

int fsync(int fd) {
  if (is_refused("sync", path_of(fd))) return -1;
  static const auto next = real<int (*)(int)>("fsync");
  return next(fd);
}

int fdatasync(int fd) {
  if (is_refused("sync", path_of(fd))) return -1;
  static const auto next = real<int (*)(int)>("fdatasync");
  return next(fd);
}

int link(const char* from, const char* to) {
  if (is_refused("link", to)) return -1;
  static const auto next = real<int (*)(const char*, const char*)>("link");
  return next(from, to);
}

int remove(const char* path) {
  if (is_refused("unlink", path)) return -1;
  static const auto next = real<int (*)(const char*)>("remove");
  return next(path);
}

int unlink(const char* path) {
  if (is_hidden_instead(path)) return 0;
  if (is_refused("unlink", path)) return -1;
  static const auto next = real<int (*)(const char*)>("unlink");
  return next(path);
}

int unlinkat(int folder, const char* name, int flags) {
  const std::string path = *name == '/' || folder == AT_FDCWD ? name : path_of(folder) + "/" + name;
  if (flags == 0 && is_hidden_instead(path)) return 0;
  if (flags == 0 && is_refused("unlink", path)) return -1;
  static const auto next = real<int (*)(int, const char*, int)>("unlinkat");
  return next(folder, name, flags);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  if (is_refused("renameat2", to)) return -1;
  static const auto next = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return next(from_folder, from, to_folder, to, flags);
}

int fflush(std::FILE* stream) {
  if (stream != nullptr && is_refused("flush", path_of(::fileno(stream)))) return EOF;
  static const auto next = real<int (*)(std::FILE*)>("fflush");
  return next(stream);
}

}  // extern "C"
