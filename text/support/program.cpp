#include "program.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

#include "../../graph/fail.h"

namespace heed::text::detail {
namespace {

constexpr std::size_t max_error_bytes = 400;

/// Unnamed temporary file.
std::unique_ptr<std::FILE, int (*)(std::FILE*)> temporary_file() {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  if (!file) fail("run_program: no temporary file can be created: {}", std::strerror(errno));
  fcntl(fileno(file.get()), F_SETFD, FD_CLOEXEC);
  return file;
}

std::string content_of(std::FILE* file) {
  std::string content;
  std::array<char, 1 << 16> piece;
  std::rewind(file);
  while (const std::size_t bytes = std::fread(piece.data(), 1, piece.size(), file)) content.append(piece.data(), bytes);
  if (std::ferror(file)) fail("run_program: the output of a program cannot be read: {}", std::strerror(errno));
  return content;
}

}  // namespace

std::string run_program(const std::vector<std::string>& arguments) {
  const auto output = temporary_file(), errors = temporary_file();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), STDERR_FILENO);
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  pid_t process = 0;
  const int error = posix_spawnp(&process, raw[0], &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail("{} could not be run: {}", arguments[0], std::strerror(error));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return content_of(output.get());
  std::string message = content_of(errors.get());
  if (message.size() > max_error_bytes) message = "..." + message.substr(message.size() - max_error_bytes);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  fail("{} failed{}{}", fmt::join(arguments, " "), message.empty() ? "" : ": ", message);
}

}  // namespace heed::text::detail
