// Fake programs that replace the system's in a test.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

/// Folder of fake programs at the front of PATH, removed by the destructor.
class FakePrograms {
 public:
  FakePrograms() {
    std::filesystem::create_directories(folder / "bin");
    setenv("PATH", fmt::format("{}:{}", (folder / "bin").string(), before).c_str(), 1);
  }
  ~FakePrograms() {
    setenv("PATH", before.c_str(), 1);
    std::filesystem::remove_all(folder);
  }
  FakePrograms(const FakePrograms&) = delete;

  void program(const std::string& name, const std::string& commands) const {
    const std::filesystem::path path = folder / "bin" / name;
    std::ofstream(path) << "#!/bin/sh\n" << commands << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("heed-debian-{}", getpid());

 private:
  const std::string before = std::getenv("PATH");
};
