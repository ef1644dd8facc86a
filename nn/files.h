// Whole files: read at once, and replaced at once or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace heed::nn {

/// Writes the pieces one after the other to a temporary file in the same folder, makes sure that they are on the disk,
/// and renames it to `path`. If any of that fails it throws Error, leaves no temporary file, and what was at `path`
/// stays as it was. `who` begins the sentence. A process that is killed leaves no file either, where the file system
/// has files without names (O_TMPFILE); elsewhere the next call for the same path removes it.
void write_file(const char* who, const std::string& path, std::span<const std::span<const std::byte>> pieces);
void write_file(const char* who, const std::string& path, const std::string& text);

/// Returns the file's bytes. Throws Error if it cannot be read to its end, or is longer than the machine's memory. What
/// is no regular file may have no end: a device is read up to 2^26 bytes, a pipe up to 2^32.
std::string read_file(const char* who, const std::string& path);

/// UTF-8's byte order mark, U+FEFF, which some programs put before a text.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Returns the file's text without a byte order mark at its beginning. Throws Error if it cannot be read to its end, or
/// if its mark is that of UTF-16 or UTF-32. Bytes that are no UTF-8 are not looked for.
std::string read_text(const char* who, const std::string& path);

}  // namespace heed::nn
