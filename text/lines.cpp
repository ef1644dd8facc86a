#include "lines.h"

#include <algorithm>
#include <optional>

#include "../graph/fail.h"
#include "../nn/files.h"
#include "unicode.h"

namespace heed::text {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string> read_lines(const char* who, const std::string& path) {
  const std::string content = nn::read_text(who, path);
  std::vector<std::string> lines;
  for (std::string_view rest = content; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (const std::optional<std::size_t> at = find_invalid_utf8(line))
      fail("{}: {}: line {} is no UTF-8 at byte {}, counted from 1", who, path, lines.size() + 1, *at + 1);
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace heed::text
