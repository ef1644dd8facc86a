#include "stack.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "../../graph/fail.h"

namespace heed::detail {
namespace {

struct Frame {
  std::string function, file;  // file with line; "??" where unknown
};

/// A loaded program or shared library; offset: its load address minus the address in its file.
struct Module {
  std::string path;
  std::uintptr_t offset = 0;
  bool operator==(const Module&) const = default;
};

Module module_of(std::uintptr_t address) {
  struct Search {
    std::uintptr_t address;
    Module found;
  } search{address, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
          if (segment.p_type != PT_LOAD || wanted.address < begin || wanted.address >= begin + segment.p_memsz)
            continue;
          wanted.found = {*info->dlpi_name ? info->dlpi_name : "/proc/self/exe", info->dlpi_addr};
          return 1;
        }
        return 0;
      },
      &search);
  if (search.found.path == "/proc/self/exe") {  // addr2line would resolve it to itself
    std::error_code error;
    const auto path = std::filesystem::read_symlink(search.found.path, error);
    if (!error) search.found.path = path.string();
  }
  return search.found;
}

/// Returns the standard output of a command; empty if it cannot be run.
std::string output_of(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; !error && (n = read(ends[0], part.data(), part.size())) > 0;)
    output.append(part.data(), static_cast<std::size_t>(n));
  close(ends[0]);
  if (!error) waitpid(child, nullptr, 0);
  return output;
}

/// Frames of addresses in one module; several for an address with inlined calls.
std::vector<Frame> frames_of(const Module& module, std::span<const std::uintptr_t> addresses) {
  std::vector<std::string> command{"addr2line", "-e", module.path, "-f", "-C", "-i"};
  for (const std::uintptr_t address : addresses) command.push_back(fmt::format("{:#x}", address - module.offset));
  std::vector<Frame> frames;
  std::istringstream lines(output_of(command));
  for (Frame frame; std::getline(lines, frame.function) && std::getline(lines, frame.file);) frames.push_back(frame);
  if (!frames.empty()) return frames;
  for (const std::uintptr_t address : addresses) {  // without addr2line: names from the dynamic linker
    Dl_info info;
    if (!dladdr(reinterpret_cast<void*>(address), &info) || !info.dli_sname) continue;
    char* readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr);
    frames.push_back({readable ? readable : info.dli_sname, "??:0"});
    std::free(readable);
  }
  return frames;
}

/// Function name of a demangled signature, without parameters and return type.
std::string name_in(std::string signature) {
  const std::string unnamed = "(anonymous namespace)";
  for (std::size_t at; (at = signature.find(unnamed)) != std::string::npos;)
    signature.replace(at, unnamed.size(), "{anonymous}");
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < signature.size(); ++i) {
    const char c = signature[i];
    if (c == '<' || c == '{') ++depth;
    if (c == '>' || c == '}') --depth;
    if (c == ' ' && depth == 0) begin = i + 1;
    if (c == '(' && depth == 0 && i > begin) return signature.substr(begin, i - begin);
  }
  return signature.substr(begin);
}

bool is_outside_library(const Frame& frame) {
  const std::string name = name_in(frame.function);
  for (const char* inside : {"heed::", "std::", "__gnu_cxx::", "decltype", "operator new"})
    if (name.starts_with(inside)) return false;
  if (name == "??" || name == "_start") return false;
  for (const char* system : {"__libc_start", "__interceptor", "___interceptor"})  // a sanitizer's backtrace: GCC, Clang
    if (name.starts_with(system)) return false;
  if (frame.file.starts_with("/usr/include/") || frame.file.starts_with("/usr/lib/")) return false;
  const std::string file = std::filesystem::path(frame.file).lexically_normal().string();
  for (const char* folder : {"graph", "ops", "autodiff", "nn", "optim", "text", "train"})
    if (file.find(fmt::format("/heed/{}/", folder)) != std::string::npos ||  // the headers, as users include them
        file.starts_with(fmt::format("{}/{}/", HEED_SOURCE, folder)))
      return false;
  return true;
}

}  // namespace

std::vector<void*> call_stack() {
  std::array<void*, 64> addresses;
  const int count = backtrace(addresses.data(), static_cast<int>(addresses.size()));
  return std::vector<void*>(addresses.begin(), addresses.begin() + count);
}

std::string caller_outside_library(std::span<void* const> calls) {
  std::vector<std::uintptr_t> addresses;  // inside the call instructions: return address - 1
  for (void* call : calls) addresses.push_back(reinterpret_cast<std::uintptr_t>(call) - 1);
  for (std::size_t begin = 0, end; begin < addresses.size(); begin = end) {
    const Module module = module_of(addresses[begin]);
    for (end = begin + 1; end < addresses.size() && module_of(addresses[end]) == module;) ++end;
    if (module.path.empty()) continue;
    for (const Frame& frame : frames_of(module, std::span(addresses).subspan(begin, end - begin))) {
      if (!is_outside_library(frame)) continue;
      if (frame.file.starts_with("??")) return name_in(frame.function);
      const std::string file = frame.file.substr(0, frame.file.find(' '));  // "(discriminator 2)" may follow
      return fmt::format("{} in {}", std::filesystem::path(file).lexically_normal().string(), name_in(frame.function));
    }
  }
  return {};
}

}  // namespace heed::detail
