// Reading whole files, and replacing files atomically.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace heed::io {

/// Writes a file atomically: writes the pieces in order to a temporary file in the same folder, flushes it to the disk
/// (fsync), and renames it to `path`. If any of these fails it throws Error, which starts with `who`, removes the
/// temporary file and leaves the file at `path` unchanged. A killed process leaves no temporary file where the file
/// system has unnamed files (O_TMPFILE); elsewhere the next call for the same path removes it.
void write_file(const char* who, const std::string& path, std::span<const std::span<const std::byte>> pieces);
void write_file(const char* who, const std::string& path, const std::string& text);

/// Returns the file's bytes. Throws Error if it cannot be read to its end, or is longer than the machine's memory.
/// Since other than regular files may be endless, a device may have at most 2^26 bytes, a pipe 2^32.
std::string read_file(const char* who, const std::string& path);

/// Byte order mark (BOM) of UTF-8, U+FEFF.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Returns the file's text without a leading byte order mark. Throws Error if it cannot be read to its end, or if it
/// starts with the byte order mark of UTF-16 or UTF-32. The text is not checked to be valid UTF-8.
std::string read_text(const char* who, const std::string& path);

}  // namespace heed::io
