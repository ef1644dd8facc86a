#include "files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

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
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail("{}: {} cannot be read: {}", who, path, std::strerror(errno));
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad()) fail("{}: {} cannot be read: {}", who, path, std::strerror(errno));
  return std::move(text).str();
}

}  // namespace heed::nn
