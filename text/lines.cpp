#include "lines.h"

#include <algorithm>
#include <optional>

#include "../graph/fail.h"
#include "unicode.h"

namespace heed::text {

std::string_view take_line(std::string_view& text, const std::string& name, std::int64_t number) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (const std::optional<std::size_t> at = find_invalid_utf8(line))
    fail("{}: line {} is no UTF-8 at byte {}, counted from 1", name, number, *at + 1);
  return line;
}

}  // namespace heed::text
