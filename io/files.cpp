#include "files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <random>
#include <sstream>
#include <string_view>
#include <utility>

#include "../graph/fail.h"
#include "../graph/support/machine_memory.h"

namespace heed::io {
using namespace heed::detail;

namespace {

constexpr std::string_view random_part = ".XXXXXX", extension = ".partial";  // of a temporary file's name

/// Removes temporary files of the target that killed processes left behind. A process that is writing holds a lock.
void remove_stale(const std::filesystem::path& target) {
  const std::string name = target.filename();
  std::error_code error;
  const std::filesystem::path folder = target.parent_path().empty() ? "." : target.parent_path();
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string other = entry->path().filename();
    if (other.size() != name.size() + random_part.size() + extension.size() || !other.starts_with(name + ".") ||
        !other.ends_with(extension))
      continue;
    const int opened = ::open(entry->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (opened < 0) continue;
    if (::flock(opened, LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
    ::close(opened);
  }
}

/// Temporary file. It is unnamed where the system supports that, and so vanishes with the process; elsewhere it has a
/// unique name, and is removed unless it was renamed.
class TemporaryFile {
 public:
  TemporaryFile(const char* who, const std::string& target) : who_(who), target_(target) {
    remove_stale(target);
    const std::filesystem::path folder = std::filesystem::path(target).parent_path();
    descriptor_ = ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor_ >= 0 && ::access(own_link().c_str(), F_OK) != 0) ::close(std::exchange(descriptor_, -1));
    while (descriptor_ < 0) {
      path_ = fmt::format("{}{}{}", target_, random_part, extension);
      descriptor_ = ::mkostemps(path_.data(), extension.size(), O_CLOEXEC);
      if (descriptor_ < 0) {
        path_.clear();
        failed("no file can be made in its folder");
      }
      struct stat made;
      ::flock(descriptor_, LOCK_EX);
      if (::fstat(descriptor_, &made) == 0 && made.st_nlink == 0)  // another process took it for a stale one
        ::close(std::exchange(descriptor_, -1));
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) failed("writing stopped");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void become_target() {
    // mkostemp creates files that only the owner can read: copy the old file's permissions, or set the default ones.
    struct stat old;
    const bool replaces = ::stat(target_.c_str(), &old) == 0;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor_, replaces ? old.st_mode & 0777 : 0666 & ~mask) != 0)
      failed("its permissions cannot be set");
    if (::fsync(descriptor_) != 0) failed("writing stopped");
    if (path_.empty() && !replaces && link_to(target_)) return sync_folder();
    if (path_.empty()) take_name();
    if (::rename(path_.c_str(), target_.c_str()) != 0) failed("it cannot be replaced");
    path_.clear();
    if (::close(std::exchange(descriptor_, -1)) != 0) failed("writing stopped");
    sync_folder();
  }

 private:
  [[noreturn]] void failed(const char* what) {
    fail("{}: {} was not written, because {}: {}", who_, target_, what, std::strerror(errno));
  }
  std::string own_link() const { return fmt::format("/proc/self/fd/{}", descriptor_); }
  bool link_to(const std::string& path) const {
    return ::linkat(AT_FDCWD, own_link().c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }
  /// Gives the unnamed file a temporary name, since linkat cannot replace a file but rename can.
  void take_name() {
    ::flock(descriptor_, LOCK_EX);
    constexpr std::uint64_t all = 36ull * 36 * 36 * 36 * 36 * 36;
    for (std::uint64_t i = 0; i < 100; ++i) {
      std::uint64_t number = (static_cast<std::uint64_t>(std::random_device{}()) << 8 | i) % all;
      std::string name = ".";
      for (std::size_t k = 1; k < random_part.size(); ++k, number /= 36)
        name += "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
      std::string path = fmt::format("{}{}{}", target_, name, extension);
      if (link_to(path)) {
        path_ = std::move(path);
        return;
      }
      if (errno != EEXIST) break;
    }
    failed("no file can be made in its folder");
  }
  /// Flushes the folder, so that the new name survives a power failure. The file itself is complete: failure is
  /// ignored.
  void sync_folder() {
    const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
    const int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    ::fsync(opened);
    ::close(opened);
  }

  const char* who_;
  std::string target_, path_;
  int descriptor_ = -1;
};

}  // namespace

void write_file(const char* who, const std::string& path, std::span<const std::span<const std::byte>> pieces) {
  std::error_code error;
  std::filesystem::path target = path;
  if (std::filesystem::exists(target, error)) {
    if (!std::filesystem::is_regular_file(target, error))
      fail("{}: {} was not written, because something that is no regular file has that name", who, path);
    target = std::filesystem::canonical(target, error);  // a symbolic link stays, and the file it points to is replaced
    if (error) target = path;
  }
  TemporaryFile file(who, target);
  for (const std::span<const std::byte> piece : pieces) file.write(piece);
  file.become_target();
}

void write_file(const char* who, const std::string& path, const std::string& text) {
  const std::span<const std::byte> piece = std::as_bytes(std::span(text));
  write_file(who, path, {&piece, 1});
}

namespace {

/// File that is open for reading until the scope ends.
struct OpenFile {
  int descriptor;
  explicit OpenFile(const std::string& path) : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

/// Maximum number of bytes that are read. A pipe or a device may be endless, as /dev/zero is.
std::uint64_t max_bytes(const struct stat& file) {
  if (S_ISREG(file.st_mode)) return static_cast<std::uint64_t>(machine_memory());
  return std::uint64_t{1} << (S_ISCHR(file.st_mode) ? 26 : 32);
}

}  // namespace

std::string read_file(const char* who, const std::string& path) {
  const OpenFile file(path);
  struct stat found;
  if (file.descriptor < 0 || ::fstat(file.descriptor, &found) != 0)
    fail("{}: {} cannot be read: {}", who, path, std::strerror(errno));
  if (S_ISDIR(found.st_mode)) fail("{}: {} is a folder, not a file", who, path);
  const std::uint64_t limit = max_bytes(found);
  const auto too_long = [&] {
    fail("{}: {} has more than {} bytes, which is too much for {}", who, path, limit,
         S_ISREG(found.st_mode) ? "this machine's memory" : "what is no regular file and may have no end");
  };
  if (S_ISREG(found.st_mode) && static_cast<std::uint64_t>(found.st_size) > limit) too_long();
  std::string content;
  try {
    for (;;) {
      constexpr std::size_t block = 1 << 16;
      const std::size_t before = content.size();
      content.resize(before + std::max(block, before / 2));
      const ssize_t got = ::read(file.descriptor, content.data() + before, content.size() - before);
      const int reason = errno;
      content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (content.size() > limit) too_long();
      if (got > 0 || (got < 0 && reason == EINTR)) continue;
      if (got < 0) fail("{}: {} cannot be read: {}", who, path, std::strerror(reason));
      return content;
    }
  } catch (const std::bad_alloc&) {
    fail("{}: {} does not fit into memory", who, path);
  }
}

std::string read_text(const char* who, const std::string& path) {
  std::string content = read_file(who, path);
  if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF") ||
      content.starts_with(std::string_view("\0\0\xFE\xFF", 4)))
    fail("{}: {} begins with the byte order mark of UTF-16 or UTF-32, but must be UTF-8", who, path);
  if (content.starts_with(byte_order_mark)) content.erase(0, byte_order_mark.size());
  return content;
}

}  // namespace heed::io
