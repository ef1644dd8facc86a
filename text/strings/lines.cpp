#include "lines.h"

#include <algorithm>
#include <optional>

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "unicode.h"

namespace heed::text {

bool is_blank(std::string_view line) {
  for (std::size_t at = 0; at < line.size();)
    if (!is_whitespace(next_character(line, at))) return false;
  return true;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string> read_lines(const char* who, const std::string& path) {
  const std::string content = io::read_text(who, path);
  std::vector<std::string> lines;
  for (std::string_view rest = content; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (const std::optional<std::size_t> at = find_invalid_utf8(line))
      fail("{}: {}: line {} is not valid UTF-8 at byte {}, counted from 1", who, path, lines.size() + 1, *at + 1);
    lines.emplace_back(line);
  }
  return lines;
}

void write_lines(const char* who, const std::string& path, std::span<const std::string> lines) {
  std::string content;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const auto reject = [&](const char* reason) {
      fail("{}: {} was not written, because line {} {}", who, path, i + 1, reason);
    };
    if (line.find('\n') != std::string::npos || line.ends_with('\r')) reject("contains an end of line");
    if (find_invalid_utf8(line)) reject("is not valid UTF-8");
    if (i == 0 && line.starts_with(io::byte_order_mark)) reject("begins with a byte order mark");
    content.append(line).push_back('\n');
  }
  io::write_file(who, path, content);
}

}  // namespace heed::text
