#include "files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "../graph/fail.h"

namespace heed::nn {
namespace {

/// Removes what it was given unless it was renamed.
class TemporaryFile {
 public:
  TemporaryFile(const char* who, const std::string& target) : who_(who), target_(target), path_(target + ".XXXXXX") {
    descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);
    if (descriptor_ < 0) failed("no file can be made in its folder");
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
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
    // mkostemp makes files that only the owner can read: take over the old file's permissions, or the usual ones.
    struct stat old;
    const bool replaces = ::stat(target_.c_str(), &old) == 0;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor_, replaces ? old.st_mode & 0777 : 0666 & ~mask) != 0)
      failed("its permissions cannot be set");
    if (::fsync(descriptor_) != 0) failed("writing stopped");
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0) failed("writing stopped");
    if (::rename(path_.c_str(), target_.c_str()) != 0) failed("it cannot be replaced");
    path_.clear();
    sync_folder();
  }

 private:
  [[noreturn]] void failed(const char* what) {
    fail("{}: {} was not written, because {}: {}", who_, target_, what, std::strerror(errno));
  }
  /// So that the new name, too, survives a power cut. The file itself is complete, so failing here is no error.
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

std::string read_file(const char* who, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail("{}: {} is a folder, not a file", who, path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("{}: {} cannot be read: {}", who, path, std::strerror(errno));
  std::string content;
  for (;;) {
    constexpr std::size_t block = 1 << 16;
    const std::size_t before = content.size();
    content.resize(before + std::max(block, before / 2));
    const ssize_t got = ::read(descriptor, content.data() + before, content.size() - before);
    const int reason = errno;
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0 || (got < 0 && reason == EINTR)) continue;
    ::close(descriptor);
    if (got < 0) fail("{}: {} cannot be read: {}", who, path, std::strerror(reason));
    return content;
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

}  // namespace heed::nn
