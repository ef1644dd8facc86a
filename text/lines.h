// A text line by line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Returns whether a line holds nothing but white space.
bool is_blank(std::string_view line);

/// Takes the next line off the front, without its end (\n or \r\n). The text must not be empty.
std::string_view take_line(std::string_view& text);

/// Returns a text file's lines, without their ends (\n or \r\n) and without a byte order mark before the first; an end
/// of line at the file's end begins no further line. Throws Error if the file cannot be read to its end or a line is no
/// UTF-8, naming the file, the line and the byte. `who` begins the sentence.
std::vector<std::string> read_lines(const char* who, const std::string& path);

/// Writes a text file from which read_lines gives back the same lines. Throws Error, and writes nothing, if it would
/// not: a line that holds \n, ends with \r or is no UTF-8, or a first line that begins with a byte order mark.
void write_lines(const char* who, const std::string& path, std::span<const std::string> lines);

}  // namespace heed::text
