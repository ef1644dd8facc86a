// Whole files: read at once, and replaced at once or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace heed::nn {

/// Writes the pieces one after the other to a temporary file in the same folder, makes sure that they are on the disk,
/// and renames it to `path`. If any of that fails it throws Error, leaves no temporary file, and what was at `path`
/// stays as it was. `who` begins the sentence.
void write_file(const char* who, const std::string& path, std::span<const std::span<const std::byte>> pieces);
void write_file(const char* who, const std::string& path, const std::string& text);

/// The whole file as text. Throws Error if it cannot be read.
std::string read_file(const char* who, const std::string& path);

}  // namespace heed::nn
