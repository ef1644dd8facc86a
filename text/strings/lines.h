// Reading and writing text files by lines.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Returns true if a line is empty or contains only white space.
bool is_blank(std::string_view line);

/// Removes and returns the next line from the front, without its end (\n or \r\n). The text must not be empty.
std::string_view take_line(std::string_view& text);

/// Reads the lines of a text file, without their ends (\n or \r\n) and without a byte order mark at the start; an end
/// of line at the end of the file does not start another line. Throws Error, in the name of `who`, if the file cannot
/// be read or a line is not valid UTF-8, naming the file, the line and the byte.
std::vector<std::string> read_lines(const char* who, const std::string& path);

/// Writes a text file that read_lines reads back as the same lines. Throws Error, and writes nothing, if that is
/// impossible: a line contains \n, ends with \r or is not valid UTF-8, or the first line starts with a byte order mark.
void write_lines(const char* who, const std::string& path, std::span<const std::string> lines);

}  // namespace heed::text
